/** The one sign of trouble: a mark on the extension's button, and what its tooltip says. */

import { TROUBLES } from "../../shared/troubles.js";

const TITLE = "Inkling";
const SAYS = { ...TROUBLES, unset: "Inkling has no server yet: open its options." };

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
