/** Notices that a message was sent: Send was pressed, and then its body went away or became empty. */

import { ownText } from "./bodies.js";

const SEND = /^(?:send|senden|envoyer|enviar|invia|verzenden|skicka|отправить)(?!\p{L})/iu;
const BUTTONS = "button, [role=button], input[type=submit], input[type=button], a[role=button]";
/** The nearest of these holds a body and the button that sends it. */
const WINDOWS = "form, dialog, [role=dialog], [role=region], [role=main], main, article, section";
const WAIT_MS = 8_000;
const LOOK_MS = 250;
const LEAST_CHARACTERS = 20;

export type Sent = (text: string, recipient: string) => void;

export class SentMail {
  private readonly fields = new Set<HTMLElement>();
  private last: HTMLElement | null = null;
  private waiting = 0;

  /** `sent` gets what the writer wrote, without what it quotes. */
  constructor(private readonly sent: Sent) {}

  /** A body in which the writer may write, or has `begun` to. */
  note(field: HTMLElement, begun: boolean): void {
    this.fields.add(field);
    if (begun) this.last = field;
  }

  watch(page: Document, signal: AbortSignal): void {
    const options = { capture: true, signal };
    page.addEventListener(
      "input",
      (event) => {
        const written = [...this.fields].find((one) => one.contains(event.target as Node));
        this.last = written ?? this.last;
        // Who goes on writing has not sent, or writes the next one.
        if (event.isTrusted && written) clearTimeout(this.waiting);
      },
      options,
    );
    page.addEventListener(
      "click",
      (event) => {
        if (!event.isTrusted) return;
        clearTimeout(this.waiting); // such as Discard, behind a Send that was refused
        if (isSend(event.target) && this.belongs(event.target as Element)) this.pressed();
      },
      options,
    );
    page.addEventListener(
      "keydown",
      (event) => {
        const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey);
        if (event.isTrusted && sends && this.last?.contains(event.target as Node)) this.pressed();
      },
      options,
    );
  }

  /** Whether a button sends the body that was written last. */
  private belongs(button: Element): boolean {
    const around = this.last?.closest(WINDOWS) ?? null;
    return around === null || around.contains(button) || button.closest(WINDOWS)?.contains(this.last) === true;
  }

  private pressed(): void {
    const field = this.last;
    if (field === null) return;
    const text = ownText(field);
    if (text.length < LEAST_CHARACTERS) return;
    this.last = null;
    const until = performance.now() + WAIT_MS;
    const look = (): void => {
      if (!field.isConnected || !field.checkVisibility() || ownText(field) === "") {
        this.fields.delete(field);
        this.sent(text, "");
      } else if (performance.now() < until) this.waiting = window.setTimeout(look, LOOK_MS);
    };
    this.waiting = window.setTimeout(look, LOOK_MS);
  }
}

function isSend(target: EventTarget | null): boolean {
  const button = target instanceof Element ? target.closest(BUTTONS) : null;
  if (button === null) return false;
  const names = [button.getAttribute("aria-label"), button.getAttribute("value"), button.textContent];
  return names.some((name) => SEND.test((name ?? "").trim()));
}
