/** Handles the keys of one editor. */

import type { Composer } from "../engine/composer.js";
import type { Adapter } from "./adapter.js";
import { DEFAULT_KEYS, type Keys, menuIsOpen, nameOf } from "./keys.js";

export class Keyboard {
  /** The key that took the last suggestion. It may still be down. */
  private _taken = "";

  /** `chosen` gives the page's own keys. */
  constructor(
    private readonly _adapter: Adapter,
    private readonly _composer: Composer,
    private readonly _chosen: () => Keys | undefined,
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
    const used =
      again || asks || accepts || (is("word") && this._take("word")) || (is("dismiss") && composer.dismiss());
    if (!used) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** Take the text that a key may take, if it can be seen. */
  private _take(part: "seen" | "word"): boolean {
    return this._composer._takeable() && (this._adapter.seen?.() ?? true) && this._composer.accept(part);
  }
}
