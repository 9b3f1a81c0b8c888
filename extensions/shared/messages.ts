/** What the parts of the extension say to the background, and what it answers. */

import type { Answer, CompletionRequest, Outcome, Trouble } from "../../widget/src/engine/types.js";

/** From a script in a page: it gets suggestions and says what was sent. No message to a page holds a key. */
export type FromPage =
  | { kind: "suggest"; id: number; request: CompletionRequest }
  | { kind: "abort"; id: number }
  | { kind: "outcome"; outcome: Outcome }
  | { kind: "sent"; text: string; recipient: string };

/** From the extension's own pages. */
export type FromExtension =
  | { kind: "on"; pattern: string; tab: number }
  | { kind: "off"; pattern: string }
  | { kind: "changed" }
  | { kind: "check" }
  | { kind: "forget" };

/** The answer to `suggest`: suggestions, or why there are none; null where a newer question took its place. */
export interface Suggested {
  answer: Answer | null;
  failure?: Trouble;
}

/** The answer to `check` and `forget`. */
export interface Told {
  ok: boolean;
  message: string;
}

/** From the background to the scripts of a page: take everything away. */
export const OFF = "inkling-off";
