/** The background: holds the key, asks the service, and knows which identities are on. */

import { OFF, type FromExtension, type FromPage, type Suggested, type Told } from "../../shared/messages.js";
import { Service } from "../../shared/service.js";
import { readSettings } from "../../shared/settings.js";
import { localTime } from "../../shared/draft.js";
import { has } from "./identities.js";
import { ON, type Facts, type FromCompose } from "./messages.js";
import { showTrouble } from "./badge.js";
import { plainOf, textOf } from "./written.js";

const SCRIPT = { id: "inkling", js: ["compose.js"] };

class Background {
  private service: Promise<Service> | null = null;
  private readonly asked = new Map<string, AbortController>();
  /** What was in a window as it was sent, and to whom, until the client says how that went. */
  private readonly leaving = new Map<number, { text: string; recipient: string }>();
  /** When each window was opened: local time says something about a mail, and must not change while it is written. */
  private readonly opened = new Map<number, string>();

  async hear(message: FromCompose | FromExtension, { tab, url }: chrome.Sender): Promise<unknown> {
    if (url?.startsWith("moz-extension:") === true) return this.ofExtension(message as FromExtension);
    return tab?.id === undefined ? undefined : this.ofCompose(message as FromCompose, tab.id);
  }

  private async ofCompose(message: FromCompose, tab: number): Promise<Suggested | Facts | null | undefined> {
    switch (message.kind) {
      case "facts":
        return this.factsOf(tab);
      case "suggest":
        return this.suggest(`${tab}:${message.id}`, message, tab);
      case "abort":
        this.asked.get(`${tab}:${message.id}`)?.abort();
        return undefined;
      case "outcome":
        (await this.current()).tell(message.outcome);
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
  private async factsOf(tab: number): Promise<Facts | null> {
    const details = await messenger.compose.getComposeDetails(tab);
    if (!(await has("on", details.identityId)) || (await readSettings()).server === "") return null;
    const opened = this.opened.get(tab) ?? localTime(new Date());
    this.opened.set(tab, opened);
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
    await messenger.tabs.sendMessage(tab, OFF).catch(() => undefined);
    const details = await messenger.compose.getComposeDetails(tab);
    const { learning } = await readSettings();
    if (!learning || !(await has("learned", details.identityId))) return;
    const text = details.isPlainText ? (details.plainTextBody ?? "") : plainOf(details.body ?? "");
    this.leaving.set(tab, { text, recipient: recipientOf(details) });
  }

  async afterSend(tab: number, { error, mode }: { error?: string; mode?: string }): Promise<void> {
    const left = this.leaving.get(tab);
    this.leaving.delete(tab);
    // A message that could not be sent stays in its window, where the writer goes on.
    if (error !== undefined) await this.look(tab);
    else if (left !== undefined && mode !== "draft" && left.text.trim() !== "") {
      await (await this.current()).learn(left.text.slice(0, 40_000), left.recipient);
    }
  }
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
messenger.compose.onBeforeSend.addListener(({ id }) => background.beforeSend(id));
messenger.compose.onAfterSend.addListener(({ id }, sent) => void background.afterSend(id, sent));
messenger.compose.onIdentityChanged.addListener(({ id }) => void background.look(id));
messenger.composeAction.onClicked.addListener(() => void chrome.runtime.openOptionsPage());
void background.register().then(() => background.renew());
