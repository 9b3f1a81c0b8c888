/** In the pages of a site that is on: suggestions in message bodies. It asks the background and never sees the key. */

import { attach, type Handle } from "../../../widget/src/index.js";
import type { Answer, CompletionRequest } from "../../../widget/src/engine/types.js";
import { say, suggestionsOf } from "../../shared/asking.js";
import { OFF, type FromPage } from "../../shared/messages.js";
import { candidates, contextOf, inQuote, isBody, ownText } from "./bodies.js";
import { SentMail } from "./sent_mail.js";

const LOOK_MS = 300;

class Bodies {
  private readonly handles = new Map<HTMLElement, Handle>();
  private readonly refused = new WeakSet<HTMLElement>();
  private readonly observer = new MutationObserver(() => this.soon());
  private listening = new AbortController();
  private readonly sent = new SentMail((text, recipient) => void say<FromPage>({ kind: "sent", text, recipient }));
  private timer = 0;
  private asked = 0;

  start(): void {
    this.observer.observe(document, { childList: true, subtree: true });
    this.look();
  }

  /** Listen to the document, anew each time: `document.open()` takes all listeners from it. */
  private listen(): void {
    this.listening.abort();
    this.listening = new AbortController();
    const { signal } = this.listening;
    // A field may become large, or editable, when it is used.
    document.addEventListener("focusin", () => this.look(), { capture: true, signal });
    this.sent.watch(document, signal);
  }

  stop(): void {
    this.observer.disconnect();
    clearTimeout(this.timer);
    this.listening.abort();
    for (const handle of this.handles.values()) handle.detach();
    this.handles.clear();
  }

  private soon(): void {
    this.timer ||= window.setTimeout(() => {
      this.timer = 0;
      this.look();
    }, LOOK_MS);
  }

  private look(): void {
    if (!isAlive()) return this.stop();
    this.listen();
    for (const [field, handle] of this.handles) {
      if (field.isConnected) continue;
      this.handles.delete(field);
      handle.detach();
    }
    for (const field of candidates(document)) {
      if (!this.handles.has(field) && !this.refused.has(field) && isBody(field)) this.attach(field);
    }
  }

  private attach(field: HTMLElement): void {
    try {
      const handle = attach(field, {
        complete: (request, signal) => this.ask(request, signal),
        context: () => contextOf(field),
        when: () => !inQuote(field),
      });
      handle.on("outcome", (outcome) => void say<FromPage>({ kind: "outcome", outcome }));
      this.handles.set(field, handle);
      // The writer may have begun before this script was there.
      const begun = field.contains(document.activeElement) && ownText(field) !== "";
      this.sent.note(field, begun);
      if (begun) handle.trigger();
    } catch {
      this.refused.add(field); // an editor that keeps its text itself
    }
  }

  private async ask(request: CompletionRequest, signal: AbortSignal): Promise<Answer | null> {
    const id = this.asked++;
    signal.addEventListener("abort", () => void say<FromPage>({ kind: "abort", id }));
    return suggestionsOf(await say<FromPage>({ kind: "suggest", id, request }));
  }
}

/** Whether the extension is still there: an update leaves the scripts of the old one behind. */
function isAlive(): boolean {
  return chrome.runtime.id !== undefined;
}

declare global {
  interface Window {
    /** What runs in this frame. Only scripts of the extension see it. */
    inklingBodies?: Bodies | undefined;
  }
}

if (window.inklingBodies === undefined) {
  const bodies = new Bodies();
  window.inklingBodies = bodies;
  bodies.start();
  chrome.runtime.onMessage.addListener((message) => {
    if (message !== OFF) return;
    bodies.stop();
    window.inklingBodies = undefined;
  });
}
