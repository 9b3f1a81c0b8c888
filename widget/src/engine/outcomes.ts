/** What became of suggestions: one `shown` and one end for each that reached the screen. */

import type { Suggestion } from "./suggestion.js";
import type { DismissReason, Outcome } from "./types.js";

const REMEMBERED = 256;

export class Outcomes {
  private _uses = new Map<string, number>();

  constructor(private _tell: (outcome: Outcome) => void) {}

  /** `id`, or one made from it where that was used before: an answer kept is shown more than once. */
  unusedId(id: string): string {
    const uses = (this._uses.get(id) ?? 0) + 1;
    this._uses.delete(id);
    this._uses.set(id, uses);
    if (this._uses.size > REMEMBERED) this._uses.delete(this._uses.keys().next().value as string);
    return uses === 1 ? id : `${id}.${uses}`;
  }

  shown(one: Suggestion): void {
    this._tell({ type: "shown", id: one.id, characters: one.rest.length });
  }

  /** `reason` is null for a suggestion that was used up. */
  ended(one: Suggestion, reason: DismissReason | null): void {
    if (one.paintedAt === null) return;
    const { id, taken: characters } = one;
    if (reason === null) {
      if (characters > 0) this._tell({ type: "accepted", id, characters });
      else this._tell({ type: "typed_through", id, characters: one.completion.length - one.start.length });
    } else if (characters > 0) this._tell({ type: "partial", id, characters });
    else this._tell({ type: "dismissed", id, reason });
  }
}
