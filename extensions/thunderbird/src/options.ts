/** The options page. */

import { element, ServerForm } from "../../shared/server_form.js";
import { choose, chosen, type Choice } from "./identities.js";

const form = new ServerForm({
  async show() {
    const [on, learned] = [await chosen("on"), await chosen("learned")];
    const identities = await messenger.identities.list();
    element("identities").replaceChildren(
      ...identities.map((one) => row(one, on.includes(one.id), learned.includes(one.id))),
    );
  },
  async save() {
    await choose("on", ticked("on"));
    await choose("learned", ticked("learned"));
  },
});

function row({ email, id }: messenger.Identity, on: boolean, learned: boolean): HTMLElement {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = email;
  line.append(name, box("on", id, on, `Suggest for ${email}`), box("learned", id, learned, `Learn from ${email}`));
  return line;
}

function box(choice: Choice, id: string, checked: boolean, label: string): HTMLElement {
  const cell = document.createElement("td");
  const field = document.createElement("input");
  Object.assign(field, { type: "checkbox", name: choice, value: id, checked });
  field.setAttribute("aria-label", label);
  cell.append(field);
  return cell;
}

const ticked = (choice: Choice): string[] =>
  [...document.querySelectorAll<HTMLInputElement>(`input[name=${choice}]:checked`)].map((one) => one.value);

void form.show();
