/** The background: holds the key, asks the service, and knows which sites are on. */

import { OFF, type FromExtension, type FromPage, type Suggested, type Told } from "../../shared/messages.js";
import { Service } from "../../shared/service.js";
import { readSettings } from "../../shared/settings.js";
import { patternOf, readSites, readWanted, writeSites, writeWanted } from "../../shared/sites.js";
import { showTrouble } from "./badge.js";

const SCRIPT = "inkling";

class Background {
  private service: Promise<Service> | null = null;
  private readonly asked = new Map<string, AbortController>();

  /** The answer to a message; undefined for one that may not be sent from there. */
  async hear(message: FromPage | FromExtension, sender: chrome.Sender): Promise<unknown> {
    if (sender.tab === undefined || isOwnPage(sender)) return this.ofExtension(message as FromExtension);
    const pattern = patternOf(addressOf(sender));
    if (pattern === null || !(await readSites()).includes(pattern)) return undefined;
    return this.ofPage(message as FromPage, sender);
  }

  private async ofPage(message: FromPage, sender: chrome.Sender): Promise<Suggested | undefined> {
    const key = (id: number): string => `${sender.tab?.id}:${sender.frameId}:${id}`;
    switch (message.kind) {
      case "suggest":
        return this.suggest(key(message.id), message, sender.tab?.id);
      case "abort":
        this.asked.get(key(message.id))?.abort();
        return undefined;
      case "outcome":
        (await this.current()).tell(message.outcome);
        return undefined;
      case "sent":
        await (await this.current()).learn(message.text, message.recipient);
        return undefined;
    }
  }

  private async suggest(
    key: string,
    { request }: FromPage & { kind: "suggest" },
    tab: number | undefined,
  ): Promise<Suggested> {
    if ((await readSettings()).server === "") {
      await showTrouble(tab, "unset");
      return { answer: null, failure: { kind: "refused", status: 0, pause: 1e9 } };
    }
    const asking = new AbortController();
    this.asked.set(key, asking);
    try {
      const suggested = await (await this.current()).suggest(request, asking.signal);
      if (!asking.signal.aborted) await showTrouble(tab, suggested.failure?.kind ?? null);
      return suggested;
    } finally {
      this.asked.delete(key);
    }
  }

  private async ofExtension(message: FromExtension): Promise<Told | undefined> {
    switch (message.kind) {
      case "on":
        await this.switchOn(message.pattern);
        return undefined;
      case "off":
        await this.switchOff(message.pattern);
        return undefined;
      case "changed":
        this.renew();
        return undefined;
      case "check":
        return (await this.current()).check();
      case "forget":
        return (await this.current()).forget();
    }
  }

  private current(): Promise<Service> {
    this.service ??= readSettings().then((settings) => new Service(settings));
    return this.service;
  }

  private renew(): void {
    void this.service?.then((service) => service.close());
    this.service = null;
  }

  /** Suggest on a site from now on, in the pages that are open too. */
  async switchOn(pattern: string): Promise<void> {
    await writeWanted(null);
    if (!(await chrome.permissions.contains({ origins: [pattern] }))) return;
    await writeSites([...(await readSites()), pattern]);
    await this.register();
    for (const { id } of await chrome.tabs.query({ url: pattern })) {
      if (id === undefined) continue;
      // A page of the browser's own, or one that has gone, is none of ours.
      await chrome.scripting
        .executeScript({ target: { tabId: id, allFrames: true }, files: ["content.js"] })
        .catch(() => undefined);
    }
  }

  async switchOff(pattern: string): Promise<void> {
    await writeSites((await readSites()).filter((one) => one !== pattern));
    await this.register();
    for (const { id } of await chrome.tabs.query({ url: pattern })) {
      if (id === undefined) continue;
      await showTrouble(id, null);
      await chrome.tabs.sendMessage(id, OFF).catch(() => undefined);
    }
    const { server } = await readSettings();
    if (patternOf(server) !== pattern) await chrome.permissions.remove({ origins: [pattern] }).catch(() => false);
  }

  /** Have the browser run the script on the sites that are on. */
  async register(): Promise<void> {
    const matches = await readSites();
    const ids = [SCRIPT];
    const known = (await chrome.scripting.getRegisteredContentScripts({ ids })).length > 0;
    if (matches.length === 0) {
      if (known) await chrome.scripting.unregisterContentScripts({ ids });
      return;
    }
    const script: chrome.ContentScript = {
      id: SCRIPT,
      matches,
      js: ["content.js"],
      allFrames: true,
      matchOriginAsFallback: true, // editors stand in frames without an address
      persistAcrossSessions: true,
      runAt: "document_idle",
    };
    if (known) await chrome.scripting.updateContentScripts([script]);
    else await chrome.scripting.registerContentScripts([script]);
  }
}

/** Whether an extension page sent it, such as the options in a tab. */
function isOwnPage({ url }: chrome.Sender): boolean {
  return url !== undefined && /^(chrome|moz)-extension:/.test(url);
}

/** The address that decides for a script: its frame's, or where that has none, the page's. */
function addressOf({ origin, url, tab }: chrome.Sender): string | undefined {
  return [origin, url, tab?.url].find((one) => patternOf(one) !== null);
}

const background = new Background();

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  background.hear(message as FromPage | FromExtension, sender).then(reply, () => reply(undefined));
  return true;
});

// Scripts in pages may read this storage otherwise. Where the browser does not know this, ours do not read it.
const guard = (): void => void chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" });
guard();
chrome.runtime.onInstalled.addListener(() => void background.register());
chrome.runtime.onStartup.addListener(guard);

chrome.permissions.onAdded.addListener(async ({ origins = [] }) => {
  const wanted = await readWanted();
  if (wanted !== null && origins.includes(wanted)) await background.switchOn(wanted);
});
chrome.permissions.onRemoved.addListener(async ({ origins = [] }) => {
  const sites = await readSites();
  if (!origins.some((one) => sites.includes(one))) return;
  await writeSites(sites.filter((one) => !origins.includes(one)));
  await background.register();
});
