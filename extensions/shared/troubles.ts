/** What is wrong with the server, for the writer. */

import type { Trouble } from "../../widget/src/engine/types.js";

export const TROUBLES: Record<Trouble["kind"], string> = {
  busy: "The server is busy.",
  refused: "The server wants another API key.",
  slow: "The server is slow to answer.",
  unreachable: "The server cannot be reached.",
  malformed: "The server sent an answer that Inkling cannot read.",
  failed: "The server has a problem.",
};
