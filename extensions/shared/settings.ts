/** What the writer chose. Kept in the extension's storage, which pages cannot reach. */

import type { Eagerness } from "../../widget/src/client.js";

export interface Settings {
  /** Where the service is, without /v1; "" until the writer says it. */
  server: string;
  /** The API key; "" for none. Only the background and the options page read it. */
  key: string;
  eagerness: Eagerness;
  /** Whether what the writer sends is learned. */
  learning: boolean;
  /** Whose profile the service keeps: a random name from the first time that learning is switched on. */
  user: string;
}

const DEFAULTS: Settings = { server: "", key: "", eagerness: "balanced", learning: false, user: "" };
const NAMES = Object.keys(DEFAULTS) as (keyof Settings)[];

export async function readSettings(): Promise<Settings> {
  return { ...DEFAULTS, ...((await chrome.storage.local.get(NAMES)) as Partial<Settings>) };
}

export async function writeSettings(changed: Partial<Settings>): Promise<void> {
  await chrome.storage.local.set(changed);
}

/** A name that tells nobody who the writer is. */
export function newUser(): string {
  return "ext-" + crypto.randomUUID();
}

/** The address of a service as it is kept; null for one that cannot be asked. */
export function serverOf(typed: string): string | null {
  try {
    const { protocol, origin, pathname } = new URL(typed.trim());
    return /^https?:$/.test(protocol) ? origin + pathname.replace(/\/+$/, "") : null;
  } catch {
    return null;
  }
}
