/** What a compose window says to the background besides what pages say, and what it is told. */

import type { Context } from "../../../widget/src/engine/types.js";
import type { FromPage } from "../../shared/messages.js";

export type FromCompose = Exclude<FromPage, { kind: "sent" }> | { kind: "facts"; opened: string } | { kind: "resumed" };

/** What is known of a message besides its text. */
export type Facts = Context;

/** From the background to a window: look whether to suggest. */
export const ON = "inkling-on";

/** From the background to a window: the message is being sent. */
export const LEAVING = "inkling-leaving";
