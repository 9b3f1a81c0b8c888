/** The form of the options page that every extension has: the server, its key, how readily to suggest, and learning. */

import type { Eagerness } from "../../widget/src/client.js";
import type { FromExtension, Told } from "./messages.js";
import { newUser, readSettings, serverOf, writeSettings } from "./settings.js";
import { patternOf, writeWanted } from "./sites.js";

export const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;

export const ask = (message: FromExtension): Promise<unknown> => chrome.runtime.sendMessage(message);

/** What one extension shows and keeps besides. */
export interface Rest {
  show(): Promise<void>;
  save?(): Promise<void>;
}

export class ServerForm {
  private readonly server = element<HTMLInputElement>("server");
  private readonly key = element<HTMLInputElement>("key");
  private readonly eagerness = element<HTMLSelectElement>("eagerness");
  private readonly learning = element<HTMLInputElement>("learning");
  private readonly told = element("told");

  constructor(private readonly rest: Rest) {
    element("form").addEventListener("submit", (event) => this.submit(event));
    element("forget").addEventListener("click", () => void this.forget());
    element("forget-key").addEventListener("click", () => void this.forgetKey());
  }

  async show(): Promise<void> {
    const settings = await readSettings();
    this.server.value = settings.server;
    // The key itself is shown nowhere.
    this.key.value = "";
    this.key.placeholder = settings.key === "" ? "none" : "A key is kept; type to replace it";
    this.eagerness.value = settings.eagerness;
    this.learning.checked = settings.learning;
    element("forget").hidden = settings.user === "";
    element("forget-key").hidden = settings.key === "";
    await this.rest.show();
    // Nothing is written over that was filled in before the settings were read.
    element<HTMLFieldSetElement>("fields").disabled = false;
  }

  private submit(event: Event): void {
    event.preventDefault();
    const address = serverOf(this.server.value);
    const pattern = patternOf(address ?? "");
    if (address === null || pattern === null) {
      this.told.textContent = "This is no address of a server: it begins with https:// or http://.";
      return;
    }
    this.told.textContent = "Trying…";
    // A question about a site that was never answered must not be answered by this one.
    void writeWanted(null);
    // Asked at once: a browser asks only as long as the press of the button counts.
    void this.save(chrome.permissions.request({ origins: [pattern] }), address);
  }

  private async save(allowed: Promise<boolean>, address: string): Promise<void> {
    if (!(await allowed)) {
      this.told.textContent = "Without the permission for this address, the server cannot be asked.";
      return;
    }
    const { server: before, user } = await readSettings();
    // A key is for one server, and no other one gets to see it.
    const kept = before === address ? {} : { key: "" };
    await writeSettings({
      server: address,
      eagerness: this.eagerness.value as Eagerness,
      learning: this.learning.checked,
      ...(this.key.value === "" ? kept : { key: this.key.value.trim() }),
      ...(this.learning.checked && user === "" ? { user: newUser() } : {}),
    });
    await this.rest.save?.();
    await this.renew(async () => ((await ask({ kind: "check" })) as Told).message);
  }

  private async forget(): Promise<void> {
    const answer = (await ask({ kind: "forget" })) as Told;
    if (answer.ok) await writeSettings({ learning: false, user: "" });
    await this.renew(() => answer.message);
  }

  private async forgetKey(): Promise<void> {
    await writeSettings({ key: "" });
    await this.renew(() => "The key is removed.");
  }

  private async renew(tell: () => string | Promise<string>): Promise<void> {
    await ask({ kind: "changed" });
    await this.show();
    this.told.textContent = await tell();
  }
}
