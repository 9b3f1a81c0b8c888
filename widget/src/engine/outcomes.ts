/** What became of suggestions: one `shown` and one end for each that reached the screen. */

import type { Suggestion } from "./suggestion.js";
import type { DismissReason, Outcome } from "./types.js";

/** The end of a suggestion; `reason` is null where it was used up. */
export function endOf({ id, taken: characters, completion, start }: Suggestion, reason: DismissReason | null): Outcome {
  if (characters) return { type: reason ? "partial" : "accepted", id, characters };
  if (reason) return { type: "dismissed", id, reason };
  return { type: "typed_through", id, characters: completion.length - start.length };
}
