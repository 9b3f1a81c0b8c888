/** How much of a suggestion is shown. */

import type { Surface } from "./contract.js";
import type { Suggestion } from "./suggestion.js";
import { ARROW, dropWord, endsLine } from "./text.js";
import type { Draft } from "./types.js";

/** Have a surface show the rest of a completion, with a mark; returns it as far as it finds room. */
export function lay(surface: Surface, draft: Draft | null, held: Suggestion, completion: string, mark: string): string {
  const { singleLine, room = Infinity, after = "" } = draft ?? {};
  const below = !endsLine(after);
  const { replace } = held;
  const base = held._base();
  const stays = held._stays();
  const lead = replace ? ARROW + stays : "";
  let rest = completion.slice(base.length);
  if (singleLine || below) rest = rest.replace(/\n.*/s, "");
  while (rest.length > room + replace) rest = dropWord(rest);
  const units = (surface.render(lead + rest, mark, below) ?? Infinity) - lead.length;
  rest = rest.slice(0, Math.max(units, 0));
  // Of a correction that is its whole word at least.
  return lead && (units < 0 || rest.length < held._word().length) ? "" : base + rest;
}
