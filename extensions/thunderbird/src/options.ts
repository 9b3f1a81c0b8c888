/** The options page. */

import type { Eagerness } from "../../../widget/src/client.js";
import type { FromExtension, Told } from "../../shared/messages.js";
import { newUser, readSettings, serverOf, writeSettings } from "../../shared/settings.js";
import { patternOf } from "../../shared/sites.js";
import { choose, chosen, type Choice } from "./identities.js";

const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E;
const server = element<HTMLInputElement>("server");
const key = element<HTMLInputElement>("key");
const eagerness = element<HTMLSelectElement>("eagerness");
const learning = element<HTMLInputElement>("learning");
const told = element("told");

const ask = (message: FromExtension): Promise<unknown> => chrome.runtime.sendMessage(message);

async function show(): Promise<void> {
  const settings = await readSettings();
  server.value = settings.server;
  // The key itself is shown nowhere.
  key.value = "";
  key.placeholder = settings.key === "" ? "none" : "A key is kept; type to replace it";
  eagerness.value = settings.eagerness;
  learning.checked = settings.learning;
  element("forget").hidden = settings.user === "";
  element("forget-key").hidden = settings.key === "";
  const [on, learned] = [await chosen("on"), await chosen("learned")];
  const identities = await messenger.identities.list();
  element("identities").replaceChildren(
    ...identities.map((one) => row(one, on.includes(one.id), learned.includes(one.id))),
  );
}

function row({ id, email }: messenger.Identity, on: boolean, learned: boolean): HTMLElement {
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

async function save(allowed: Promise<boolean>, address: string): Promise<void> {
  if (!(await allowed)) {
    told.textContent = "Without the permission for this address, the server cannot be asked.";
    return;
  }
  const { user } = await readSettings();
  await writeSettings({
    server: address,
    eagerness: eagerness.value as Eagerness,
    learning: learning.checked,
    ...(key.value === "" ? {} : { key: key.value.trim() }),
    ...(learning.checked && user === "" ? { user: newUser() } : {}),
  });
  await choose("on", ticked("on"));
  await choose("learned", ticked("learned"));
  await ask({ kind: "changed" });
  await show();
  told.textContent = ((await ask({ kind: "check" })) as Told).message;
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = serverOf(server.value);
  const pattern = patternOf(address ?? "");
  if (address === null || pattern === null) {
    told.textContent = "This is no address of a server: it begins with https:// or http://.";
    return;
  }
  told.textContent = "Trying…";
  // Asked at once: Thunderbird asks only as long as the press of the button counts.
  void save(chrome.permissions.request({ origins: [pattern] }), address);
});

element("forget").addEventListener("click", async () => {
  const answer = (await ask({ kind: "forget" })) as Told;
  if (answer.ok) await writeSettings({ learning: false, user: "" });
  await ask({ kind: "changed" });
  await show();
  told.textContent = answer.message;
});

element("forget-key").addEventListener("click", async () => {
  await writeSettings({ key: "" });
  await ask({ kind: "changed" });
  await show();
  told.textContent = "The key is removed.";
});

void show();
