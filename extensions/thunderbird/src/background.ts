/** The background: holds the key, asks the service, and knows which identities are on. */

import { OFF, type FromExtension, type FromPage, type Suggested, type Told } from "../../shared/messages.js";
import { Service } from "../../shared/service.js";
import { readSettings } from "../../shared/settings.js";
import { withoutQuotes } from "../../shared/draft.js";
import { has } from "./identities.js";
import { LEAVING, ON, type Facts, type FromCompose } from "./messages.js";
import { showTrouble } from "./badge.js";
import { plainOf, textOf } from "./written.js";

const PATIENCE_MS = 2_000;
const MOST_SENT = 40_000;
const SCRIPT = { id: "inkling", js: ["compose.js"] };

class Background {
  private service: Promise<Service> | null = null;
  private readonly asked = new Map<string, AbortController>();
  /** The windows whose message is being sent. Nothing of ours may come into them. */
  private readonly sending = new Set<number>();

  async hear(message: FromCompose | FromExtension, { tab, url }: chrome.Sender): Promise<unknown> {
    if (url?.startsWith("moz-extension:") === true) return this.ofExtension(message as FromExtension);
    return tab?.id === undefined ? undefined : this.ofCompose(message as FromCompose, tab.id);
  }

  private async ofCompose(message: FromCompose, tab: number): Promise<Suggested | Facts | null | undefined> {
    switch (message.kind) {
      case "facts":
        return this.factsOf(tab, message.opened);
      case "suggest":
        return this.suggest(`${tab}:${message.id}`, message, tab);
      case "abort":
        this.asked.get(`${tab}:${message.id}`)?.abort();
        return undefined;
      case "outcome":
        (await this.current()).tell(message.outcome);
        return undefined;
      case "resumed":
        await this.resumed(tab);
        return undefined;
    }
  }

  private async suggest(
    name: string,
    { request }: FromPage & { kind: "suggest" },
    tab: number,
  ): Promise<Suggested | undefined> {
    const { identityId } = await messenger.compose.getComposeDetails(tab);
    if (!(await has("on", identityId))) return undefined;
    const asking = new AbortController();
    this.asked.set(name, asking);
    try {
      const suggested = await (await this.current()).suggest(request, asking.signal);
      if (!asking.signal.aborted) await showTrouble(tab, suggested.failure?.kind ?? null);
      return suggested;
    } finally {
      this.asked.delete(name);
    }
  }

  /** What is known of a window's message; null where suggestions are off. */
  private async factsOf(tab: number, opened: string): Promise<Facts | null> {
    if (this.sending.has(tab)) return null;
    const details = await messenger.compose.getComposeDetails(tab);
    if (!(await has("on", details.identityId)) || (await readSettings()).server === "") return null;
    const recipient = recipientOf(details);
    return {
      sent_at: opened,
      ...(details.subject ? { subject: details.subject.slice(0, 998) } : {}),
      ...(recipient === "" ? {} : { recipient_name: recipient }),
      ...(await previousOf(details)),
    };
  }

  private async ofExtension(message: FromExtension): Promise<Told | undefined> {
    switch (message.kind) {
      case "changed":
        void this.service?.then((service) => service.close());
        this.service = null;
        await this.renew();
        return undefined;
      case "check":
        return (await this.current()).check();
      case "forget":
        return (await this.current()).forget();
      default:
        return undefined;
    }
  }

  private current(): Promise<Service> {
    this.service ??= readSettings().then((settings) => new Service(settings));
    return this.service;
  }

  /** Start or stop in the windows that are open. */
  async renew(): Promise<void> {
    for (const { id } of await messenger.tabs.query({ type: "messageCompose" })) await this.look(id);
  }

  /** Start or stop in one window, as its identity says. */
  async look(tab: number): Promise<void> {
    if (this.sending.has(tab)) return;
    const { identityId } = await messenger.compose.getComposeDetails(tab);
    const on = await has("on", identityId);
    if (on)
      await messenger.scripting.executeScript({ target: { tabId: tab }, files: SCRIPT.js }).catch(() => undefined);
    await messenger.tabs.sendMessage(tab, on ? ON : OFF).catch(() => undefined);
    await showTrouble(tab, on ? null : "off");
  }

  /** Have Thunderbird run the script in each new window. */
  async register(): Promise<void> {
    // Thunderbird throws where there is none of that id.
    const known = await messenger.scripting.compose.getRegisteredScripts({ ids: [SCRIPT.id] }).catch(() => []);
    if (known.length === 0) await messenger.scripting.compose.registerScripts([SCRIPT]);
  }

  /** Take everything of ours out of a window that is being sent, and note its text if it may be learned. */
  async beforeSend(tab: number): Promise<void> {
    this.sending.add(tab);
    await forget(tab);
    await messenger.tabs.sendMessage(tab, LEAVING).catch(() => undefined);
    const { learning } = await readSettings();
    const details = await messenger.compose.getComposeDetails(tab);
    if (!learning || !(await has("learned", details.identityId))) return;
    const text = details.isPlainText ? ownLines(details.plainTextBody ?? "") : plainOf(details.body ?? "");
    await note(tab, { text: text.slice(0, MOST_SENT), recipient: recipientOf(details) });
  }

  async afterSend(tab: number, { error, mode }: { error?: string; mode?: string }): Promise<void> {
    this.sending.delete(tab);
    const left = await noted(tab);
    await forget(tab);
    // A message that could not be sent stays in its window, where the writer goes on.
    if (error !== undefined) await this.look(tab);
    // One that waits in the Outbox may still be changed or deleted.
    else if (left !== null && mode === "sendNow" && left.text.trim() !== "") {
      await (await this.current()).learn(left.text, left.recipient);
    }
  }

  /** The writer goes on in a window whose sending was given up. */
  async resumed(tab: number): Promise<void> {
    this.sending.delete(tab);
    await this.look(tab);
  }
}

/** What was in a window as it was sent, and to whom. It is in memory, and survives a sleep of the background. */
interface Leaving {
  text: string;
  recipient: string;
}

const nameOf = (tab: number): string => `leaving-${tab}`;

async function note(tab: number, leaving: Leaving): Promise<void> {
  await chrome.storage.session.set({ [nameOf(tab)]: leaving });
}

async function noted(tab: number): Promise<Leaving | null> {
  return ((await chrome.storage.session.get([nameOf(tab)]))[nameOf(tab)] as Leaving | undefined) ?? null;
}

async function forget(tab: number): Promise<void> {
  await chrome.storage.session.remove([nameOf(tab)]);
}

/** A plain text without quotes and signature. */
function ownLines(text: string): string {
  return withoutQuotes(text.replace(/\r/g, "")).split(/^-- $/m)[0] ?? "";
}

/** The name of the first recipient: "Ada Brook <ada@mail.example>" gives "Ada Brook"; "" for none. */
function recipientOf({ to }: messenger.ComposeDetails): string {
  const first = [to ?? ""].flat()[0] ?? "";
  return (/^\s*"?([^"<@]+?)"?\s*</.exec(first)?.[1] ?? "").slice(0, 256);
}

async function previousOf(details: messenger.ComposeDetails): Promise<{ previous_message?: string }> {
  if (details.type !== "reply" || details.relatedMessageId === undefined) return {};
  // A message that was deleted meanwhile is no reason to be silent.
  const part = await messenger.messages.getFull(details.relatedMessageId).catch(() => null);
  const text = part === null ? null : textOf(part);
  return text === null ? {} : { previous_message: text };
}

const background = new Background();

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  background.hear(message as FromCompose | FromExtension, sender).then(reply, () => reply(undefined));
  return true;
});
// Whatever goes wrong here, and however long it takes: the mail is sent.
messenger.compose.onBeforeSend.addListener(({ id }) =>
  Promise.race([background.beforeSend(id), new Promise<void>((done) => setTimeout(done, PATIENCE_MS))]).catch(
    () => undefined,
  ),
);
messenger.compose.onAfterSend.addListener(({ id }, sent) => void background.afterSend(id, sent));
messenger.compose.onIdentityChanged.addListener(({ id }) => void background.look(id));
messenger.composeAction.onClicked.addListener(() => void chrome.runtime.openOptionsPage());
messenger.tabs.onRemoved.addListener((id) => void forget(id));
void background.register();
// Windows that are open already. The background also starts again after each sleep, when they need nothing.
chrome.runtime.onInstalled.addListener(() => void background.renew());
chrome.runtime.onStartup.addListener(() => void background.renew());
