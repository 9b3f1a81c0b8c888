/** Sites as patterns, such as "https://mail.example/*". Ports do not count: Firefox has none in a pattern. */

const SITES = "sites";
const WANTED = "wanted";

/** The pattern of an address; null for one of the browser's own pages. */
export function patternOf(address: string | undefined): string | null {
  try {
    const { protocol, hostname } = new URL(address ?? "");
    return /^https?:$/.test(protocol) && hostname !== "" ? `${protocol}//${hostname}/*` : null;
  } catch {
    return null;
  }
}

/** The sites that are switched on. */
export async function readSites(): Promise<string[]> {
  const kept = (await chrome.storage.local.get([SITES]))[SITES];
  return Array.isArray(kept) ? (kept as string[]) : [];
}

export async function writeSites(sites: readonly string[]): Promise<void> {
  await chrome.storage.local.set({ [SITES]: [...new Set(sites)].sort() });
}

/** The site that the writer is being asked about: some browsers close the asking page meanwhile. */
export async function readWanted(): Promise<string | null> {
  const kept = (await chrome.storage.local.get([WANTED]))[WANTED];
  return typeof kept === "string" ? kept : null;
}

export async function writeWanted(pattern: string | null): Promise<void> {
  await chrome.storage.local.set({ [WANTED]: pattern });
}
