/** The options page. */

import { ask, element, ServerForm } from "../../shared/server_form.js";
import { readSites } from "../../shared/sites.js";

const form = new ServerForm({
  async show() {
    const sites = await readSites();
    element("no-sites").hidden = sites.length > 0;
    element("sites").replaceChildren(...sites.map(row));
  },
});

function row(pattern: string): HTMLElement {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = pattern.replace(/\/\*$/, "");
  const remove = document.createElement("button");
  remove.textContent = "Switch off";
  remove.setAttribute("aria-label", `Switch off on ${name.textContent}`);
  remove.addEventListener("click", () => void ask({ kind: "off", pattern }).then(() => form.show()));
  item.append(name, remove);
  return item;
}

void form.show();
