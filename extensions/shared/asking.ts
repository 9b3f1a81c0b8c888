/** How a script in a page or a message talks to the background. */

import type { Answer, Trouble } from "../../widget/src/engine/types.js";
import type { Suggested } from "./messages.js";

/** Send a message; undefined where the extension was taken away or renewed. */
export async function say<Message>(message: Message): Promise<unknown> {
  try {
    return await chrome.runtime.sendMessage(message);
  } catch {
    return undefined;
  }
}

/** The suggestions in an answer of the background; throws what it says is wrong. */
export function suggestionsOf(answer: unknown): Answer | null {
  const suggested = answer as Suggested | undefined;
  if (suggested?.failure !== undefined) throw suggested.failure satisfies Trouble;
  return suggested?.answer ?? null;
}
