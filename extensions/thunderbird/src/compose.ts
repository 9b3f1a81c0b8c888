/** In a compose window: suggestions in the message. It asks the background and never sees the key. */

import { attach, type Handle } from "../../../widget/src/index.js";
import type { Answer, CompletionRequest, Context } from "../../../widget/src/engine/types.js";
import { say, suggestionsOf } from "../../shared/asking.js";
import { localTime, withoutQuotes } from "../../shared/draft.js";
import { OFF } from "../../shared/messages.js";
import { LEAVING, ON, type FromCompose } from "./messages.js";
import { QUOTED } from "./written.js";

const FACTS_MS = 5_000;

class Message {
  private handle: Handle | null = null;
  private facts: Context = {};
  private timer = 0;
  private asked = 0;
  private stops = 0;
  /** The time says something about a mail, and must not change while the mail is written. */
  private readonly opened = localTime(new Date());

  /** Look whether to suggest, and begin or end. */
  async look(): Promise<void> {
    const before = this.stops;
    const facts = await this.ofBackground();
    // The message may have been sent meanwhile.
    if (this.stops !== before) return;
    if (!facts) return this.stop();
    this.facts = facts;
    if (this.handle) return;
    this.handle = attach(document.body, {
      complete: (request, signal) => this.ask(request, signal),
      context: () => this.facts,
      when: () => !inQuote(),
    });
    this.handle.on("outcome", (outcome) => void say<FromCompose>({ kind: "outcome", outcome }));
    // Subject and recipient stand in another document, and change without a sign here.
    this.timer = window.setInterval(() => void this.refresh(), FACTS_MS);
  }

  stop(): void {
    this.stops += 1;
    clearInterval(this.timer);
    this.handle?.detach();
    this.handle = null;
  }

  private async refresh(): Promise<void> {
    if (!document.hasFocus()) return;
    const before = this.stops;
    const facts = await this.ofBackground();
    if (this.stops !== before) return;
    if (facts) this.facts = facts;
    else this.stop();
  }

  private async ofBackground(): Promise<Context | null> {
    return ((await say<FromCompose>({ kind: "facts", opened: this.opened })) as Context | null | undefined) ?? null;
  }

  /** The message is being sent. If the writer goes on, that was given up. */
  leave(): void {
    this.stop();
    document.addEventListener("input", (event) => event.isTrusted && void say<FromCompose>({ kind: "resumed" }), {
      once: true,
    });
  }

  private async ask(request: CompletionRequest, signal: AbortSignal): Promise<Answer | null> {
    const id = this.asked++;
    signal.addEventListener("abort", () => void say<FromCompose>({ kind: "abort", id }));
    const introduction = document.querySelector(".moz-cite-prefix")?.textContent?.trim() ?? "";
    const own = { ...request, prefix: withoutQuotes(request.prefix, introduction) };
    return suggestionsOf(await say<FromCompose>({ kind: "suggest", id, request: own }));
  }
}

/** Whether the caret stands in what another person wrote, or in the signature. */
function inQuote(): boolean {
  const node = document.getSelection()?.anchorNode ?? null;
  const element = node instanceof Element ? node : node?.parentElement;
  return element?.closest(`${QUOTED}, [_moz_quote]`) != null;
}

declare global {
  interface Window {
    /** What runs in this window. Only scripts of the extension see it. */
    inklingMessage?: Message | undefined;
  }
}

if (window.inklingMessage === undefined) {
  const message = new Message();
  window.inklingMessage = message;
  chrome.runtime.onMessage.addListener((told) => {
    if (told === ON) void message.look();
    else if (told === OFF) message.stop();
    else if (told === LEAVING) message.leave();
  });
  void message.look();
}
