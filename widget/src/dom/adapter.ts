/** The interface that an editor must offer to get suggestions. */

import type { Draft } from "../engine/types.js";

/** The events of an adapter. A call only says that something happened; the widget then reads the draft. */
export interface EditorEvents {
  /** The writer typed text at the caret, a composition ended with text, or `follows` and has changed the draft. */
  typed(): void;
  /** The draft changed in any other way: deletion, undo, paste, drop, a program. */
  edited(): void;
  /** The selection may have changed, or is sure to. */
  moved(surely?: boolean): void;
  /** A composition goes on with this text; null when it is over. With `follows`, `typed` says when the draft has it. */
  composing(text: string | null, follows?: boolean): void;
  blurred(): void;
  /** The editor has another place or size, so that another part of the grey text may find room. */
  resized(): void;
  /** A key went down, before the editor saw it. A key that was taken has its default prevented. */
  key(event: KeyboardEvent): void;
  /** The writer tapped or swiped the grey text. */
  tapped(): void;
  /** The writer tapped the mark behind it, for the next choice. */
  turned(): void;
}

/** An editor: five members, the element that has the focus while the writer types, and where grey text stands. */
export interface Adapter {
  readonly element: HTMLElement;
  /** Whether grey text stands within the content, which no one may change while the writer composes. */
  readonly inline?: boolean;
  /** The draft around the caret; null where no suggestion may stand: a selection, no focus, read-only. */
  read(): Draft | null;
  /**
   * Paint grey text behind the caret, or none, without touching the document, the selection or the undo history;
   * returns how many UTF-16 units found room, if not all did. A `mark` such as "2/3" stands behind it, if it is not "".
   * Where text follows on the line, it is painted `below` that, which must not move; one that declares no `below` is
   * asked for nothing there.
   */
  render(text: string | null, mark?: string, below?: boolean): number | void;
  /** Whether all grey text can be seen at its place now; asked before a key takes it. */
  seen?(): boolean;
  /**
   * Insert at the caret as one undo step, at once, and tell that something was typed. `replace` UTF-16 units before
   * the caret go, in the same step. One that declares no `replace` is asked for no corrections.
   */
  insert(text: string, replace: number): void;
  /** Start telling what happens. Called once. */
  subscribe(events: EditorEvents): void;
  /** Remove every listener and everything painted. */
  destroy(): void;
}
