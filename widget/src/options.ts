/** The options of a page. */

import type { Eagerness, HeaderSource } from "./client.js";
import type { Keys } from "./dom/keys.js";
import type { Schedule } from "./engine/pace.js";
import type { Bounds } from "./wishes.js";
import type { Complete, Context, Draft, Shown } from "./engine/types.js";

export interface Options {
  /** Where Inkling's service is, without /v1; not needed with `complete`. Default: the page's own address. */
  endpoint?: string;
  /** Another source of completions instead of a service. */
  complete?: Complete;
  /** Sent with every request to the service, a token for instance; a function is asked again after a 401. */
  headers?: HeaderSource;
  /** What is known besides the draft; asked at each key, so that it may change. */
  context?: () => Context;
  /** The user whose profile the service uses. */
  user?: string;
  /** Least confidence of a shown suggestion, 0 to 1. Default: the service's choice. */
  minConfidence?: number;
  /** How readily it suggests: "calm", "balanced" (the service's choice) or "eager". Default "balanced". */
  eagerness?: Eagerness;
  /** When to ask: "auto", or a number of milliseconds after the last key. Default "auto". */
  schedule?: Schedule;
  /** The keys that take, dismiss and ask. */
  keys?: Keys;
  /** Whether a tap or swipe on the grey text takes it. Default true. */
  touch?: boolean;
  /** Whether to suggest corrections of the word that is begun. Default false. */
  edits?: boolean;
  /** Whether to suggest where text follows the caret on its line. Default false. */
  middle?: boolean;
  /** What writers may choose for themselves. Default: everything. */
  bounds?: Bounds;
  /** Whether to suggest for this draft. Default: always. */
  when?: (state: Draft) => boolean;
  /** The announcement of a suggestion for screen readers, or false for none. Default: the text and the key. */
  announce?: false | ((text: string, shown: Shown) => string);
  /** Whether outcomes (ids and counts, never text) are sent to the service. Default true. */
  telemetry?: boolean;
  /** Nonce of style elements, where the browser cannot adopt style sheets. */
  nonce?: string;
  /** Milliseconds that a suggestion must have been visible before a key takes it. Default 80. */
  minVisibleMs?: number;
}
