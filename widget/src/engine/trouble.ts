/** What may be wrong with a source of completions. */

import type { Trouble } from "./types.js";

/** Thrown by `complete` to tell what is wrong; anything else that it throws is "failed". */
export class SourceError extends Error {
  constructor(
    readonly kind: Trouble["kind"],
    /** HTTP status, 0 where there was none. */
    readonly status = 0,
    /** Milliseconds that the source asks to be left alone. */
    readonly pause = 0,
  ) {
    super(kind);
  }
}
