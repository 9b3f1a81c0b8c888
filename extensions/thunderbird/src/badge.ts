/** The one sign of trouble: a mark on the button of the compose window, and what its tooltip says. */

import type { Trouble } from "../../../widget/src/engine/types.js";
import { TROUBLES } from "../../shared/troubles.js";

/** Show what is wrong in a window, that suggestions are off there, or that all is well. */
export async function showTrouble(tab: number, kind: Trouble["kind"] | "off" | null): Promise<void> {
  const says = kind === null ? "" : kind === "off" ? ": off for this identity" : `: ${TROUBLES[kind]}`;
  try {
    await messenger.composeAction.setBadgeText({ tabId: tab, text: kind === null || kind === "off" ? "" : "!" });
    await messenger.composeAction.setTitle({ tabId: tab, title: `Inkling${says}` });
  } catch {
    // The window has gone.
  }
}
