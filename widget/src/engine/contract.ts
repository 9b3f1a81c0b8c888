/** The engine's interfaces: the editor that it needs, its options, and its events. */

import type { Schedule } from "./pace.js";
import type { Complete, Context, Draft, Outcome, Shown, Trouble } from "./types.js";

/** An editor as the engine sees it. */
export interface Surface {
  /** Whether grey text stands within the content, which no one may change while the writer composes. */
  readonly inline?: boolean;
  /** The draft around the caret; null where no suggestion may stand: a selection, no focus, read-only. */
  read(): Draft | null;
  /**
   * Paint grey text behind the caret, or none, and a mark behind it; returns how many UTF-16 units found room. It is
   * painted `below` the line where text follows. Where it declares no `below`, nothing is suggested there.
   */
  render(text: string | null, mark?: string, below?: boolean): number | void;
  /**
   * Insert at the caret as one undo step, at once, in place of `replace` UTF-16 units before it, and tell that
   * something was typed. Where it declares no `replace`, no correction is asked for.
   */
  insert(text: string, replace: number): void;
}

export interface ComposerOptions {
  complete: Complete;
  session: string;
  context: () => Context;
  schedule: Schedule;
  /** Whether to suggest for this draft. */
  when: (draft: Draft) => boolean;
  /** How long a suggestion must have been visible before a key may take it. */
  minVisibleMs: number;
  /** Whether to ask for corrections. */
  edits?: boolean;
  /** Whether to suggest where text follows on the line. */
  middle?: boolean;
  /** Phrases that no suggestion may spell. */
  banned: () => readonly string[];
  /** Whether the mark of choices is shown before the writer has turned to another. */
  marks: boolean;
}

/** The engine's events. */
export interface ComposerEvents {
  /** The grey text changed. */
  suggestion: Shown | null;
  /** To be read to the writer: once a suggestion, after a quiet moment; null when it is gone. */
  announce: { text: string; shown: Shown } | null;
  outcome: Outcome;
  /** The source is in trouble, or no longer. */
  trouble: Trouble | null;
  /** A request was answered after this many milliseconds. */
  answered: number;
  /** Taken text is no longer in the draft, and the writer did not remove it. */
  lost: null;
}

/** Tells whoever listens. */
export type Tell = <K extends keyof ComposerEvents>(name: K, detail: ComposerEvents[K]) => void;
