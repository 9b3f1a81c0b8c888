/** The words that engine, adapters and callers share. */

/** Information besides the draft; each part may be missing. */
export interface Context {
  subject?: string;
  previous_message?: string;
  recipient_name?: string;
  /** ISO 8601 with offset. */
  sent_at?: string;
}

/** The draft around the caret. */
export interface Draft {
  /** All text before the caret, lines ended by "\n". */
  before: string;
  /** The text from the caret to the end of its line; more may follow. */
  after: string;
  /** How many UTF-16 units may still be inserted; unlimited when missing. */
  room?: number;
  /** Whether the editor holds one line only. */
  singleLine?: boolean;
}

/** The request that `complete` gets. */
export interface CompletionRequest {
  prefix: string;
  context: Context;
  /** The same for every request of one attached editor. */
  session: string;
  /** Whether the unfinished word may be mended: a suggestion may then have `replace`. */
  edits?: boolean;
  /** What follows the caret on its line; missing where nothing does. */
  suffix?: string;
}

export interface Answer {
  id?: string | null;
  /** Best first. `replace` characters before the caret go when one is taken, of the unfinished word only. */
  suggestions: ReadonlyArray<{ text: string; confidence?: number | null; replace?: number }>;
}

/** Any source of completions. A string is the text to append; null, "" and no suggestions mean none. */
export type Complete = (
  request: CompletionRequest,
  signal: AbortSignal,
) => Promise<Answer | string | null | undefined> | Answer | string | null | undefined;

/** Why a suggestion went away without being taken. */
export type DismissReason = "escape" | "mismatch" | "edit" | "caret" | "blur" | "composition" | "disabled" | "detach";

/** The outcome of a suggestion: ids and counts, never text. `rank` is missing for the first choice. */
export type Outcome =
  | { type: "shown"; id: string; characters: number }
  | { type: "accepted" | "partial" | "typed_through"; id: string; rank?: number; characters: number }
  | { type: "dismissed"; id: string; rank?: number; reason: DismissReason }
  | { type: "undone" | "retyped"; id: string; rank?: number; characters: number };

/** The part of the suggestion that the writer may see behind the caret. */
export interface Shown {
  id: string;
  /** The text that is still to be inserted. */
  text: string;
  /** How many UTF-16 units before the caret go when it is taken; more than 0 in a correction. */
  replace: number;
  /** 0 to 1, or null where the source gives none. */
  confidence: number | null;
  /** The place in the answer of what is shown; 0 for the best. */
  rank: number;
  /** How many choices there are to turn through, this one among them. */
  choices: number;
}

/** Something is wrong with the source. */
export interface Trouble {
  kind: "busy" | "refused" | "slow" | "unreachable" | "malformed" | "failed";
  status: number;
  /** Milliseconds until the next attempt; 0 if the next key makes one. */
  pause: number;
}

/** The members of an error that `complete` may throw; the defaults are "failed", 0 and 0. */
export type Failure = Partial<Trouble>;
