/** The classic script: `inkling` for pages without modules, and `data-attach` for pages without a script of their own. */

import { InkComposeElement } from "./element.js";
import { attach, attachAll, type Options } from "./index.js";

export { attach, attachAll, InkComposeElement };

const script = document.currentScript as HTMLScriptElement | null;
if (script?.dataset.attach !== undefined) {
  const { attach: selector, endpoint, user, edits, middle } = script.dataset;
  // The service that serves the script answers, unless the page names another.
  const options: Options = { endpoint: endpoint ?? new URL(".", script.src).href };
  if (user !== undefined) options.user = user;
  if (edits !== undefined) options.edits = true;
  if (middle !== undefined) options.middle = true;
  if (script.nonce) options.nonce = script.nonce;
  const start = (): unknown => attachAll(selector ?? "", options);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();
}
