/** The one sign of trouble: a mark on the extension's button, and what its tooltip says. */

import type { Trouble } from "../../../widget/src/engine/types.js";

const TITLE = "Inkling";
const SAYS: Record<Trouble["kind"] | "unset", string> = {
  unset: "Inkling has no server yet: open its options.",
  busy: "The server is busy.",
  refused: "The server wants another API key.",
  slow: "The server is slow to answer.",
  unreachable: "The server cannot be reached.",
  malformed: "The server sent an answer that Inkling cannot read.",
  failed: "The server has a problem.",
};

/** Show what is wrong for a tab, or that nothing is. */
export async function showTrouble(tab: number | undefined, kind: keyof typeof SAYS | null): Promise<void> {
  if (tab === undefined) return;
  try {
    await chrome.action.setBadgeText({ tabId: tab, text: kind === null ? "" : "!" });
    await chrome.action.setTitle({ tabId: tab, title: kind === null ? TITLE : `${TITLE}: ${SAYS[kind]}` });
    if (kind !== null) await chrome.action.setBadgeBackgroundColor({ tabId: tab, color: "#8f430e" });
  } catch {
    // The tab has gone.
  }
}
