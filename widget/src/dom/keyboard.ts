/** Handles the keys of one editor. */

import type { Composer } from "../engine/composer.js";
import type { Adapter } from "./adapter.js";
import { DEFAULT_KEYS, type Keys, menuIsOpen, MODIFIERS, nameOf } from "./keys.js";

/** What keys do besides what the composer does. */
export interface Actions {
  /** Ban the last phrase of what is grey, and return it. */
  ban(): string | null;
  /** Take a ban back. */
  allow(phrase: string): unknown;
  readonly paused: string | null;
  pause(how: "draft"): boolean;
  resume(): void;
}

export class Keyboard {
  /** The key that took the last suggestion. It may still be down. */
  private _taken = "";
  /** What the key before this one banned. */
  private _banned: string | null = null;

  /** `chosen` gives the page's own keys. */
  constructor(
    private readonly _adapter: Adapter,
    private readonly _composer: Composer,
    private readonly _chosen: () => Keys | undefined,
    private readonly _actions: Actions,
  ) {}

  /** The names of the keys for an action. */
  _keys(name: keyof Keys): ReadonlyArray<string | null | undefined> {
    return [{ ...DEFAULT_KEYS, ...this._chosen() }[name]].flat();
  }

  /** A key went down, before the editor saw it: one that is taken has its default prevented. */
  key(event: KeyboardEvent): void {
    const composer = this._composer;
    const pressed = nameOf(event);
    composer._pressed(event.key.length === 1 && !event.ctrlKey && !event.metaKey);
    // A key that is held down takes once, and moves no focus before it is released.
    const again = event.repeat && pressed === this._taken;
    if (!again) this._taken = "";
    if (menuIsOpen(this._adapter.element)) return;
    const is = (name: keyof Keys): boolean => this._keys(name).some((one) => one?.toLowerCase() === pressed);
    const accepts = !event.repeat && is("accept") && this._take("seen");
    const asks = is("trigger");
    if (accepts) this._taken = pressed;
    if (asks) composer.trigger();
    const actions = this._actions;
    const banned = this._banned;
    const undoes = banned && /^(control|meta)\+z$/.test(pressed);
    // A modifier goes before the key that it is for.
    if (!MODIFIERS.includes(event.key)) this._banned = null;
    if (undoes) {
      actions.allow(banned);
      composer.trigger();
    }
    const bans = is("ban") && this._mayTake();
    if (bans) this._banned = actions.ban();
    const pauses = is("pause") && !event.repeat;
    if (pauses && actions.paused) actions.resume();
    else if (pauses) actions.pause("draft");
    const used =
      again ||
      undoes ||
      bans ||
      pauses ||
      asks ||
      accepts ||
      (is("word") && this._take("word")) ||
      (is("next") && composer.turn()) ||
      (is("previous") && composer.turn(-1)) ||
      (is("dismiss") && composer.dismiss()) ||
      (pressed === "tab" && is("accept") && composer._keepsTab());
    if (!used) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Take the text that a key may take, if it can be seen. */
  private _take(part: "seen" | "word"): boolean {
    return this._mayTake() && this._composer.accept(part);
  }

  private _mayTake(): boolean {
    return this._composer._takeable() && (this._adapter.seen?.() ?? true);
  }
}
