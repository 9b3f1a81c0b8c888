/** The options page. */

import type { Eagerness } from "../../../widget/src/client.js";
import type { FromExtension, Told } from "../../shared/messages.js";
import { newUser, readSettings, serverOf, writeSettings } from "../../shared/settings.js";
import { patternOf, readSites } from "../../shared/sites.js";

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
  const sites = await readSites();
  element("no-sites").hidden = sites.length > 0;
  element("sites").replaceChildren(...sites.map(row));
}

function row(pattern: string): HTMLElement {
  const item = document.createElement("li");
  const name = document.createElement("span");
  name.textContent = pattern.replace(/\/\*$/, "");
  const remove = document.createElement("button");
  remove.textContent = "Switch off";
  remove.setAttribute("aria-label", `Switch off on ${name.textContent}`);
  remove.addEventListener("click", () => void ask({ kind: "off", pattern }).then(show));
  item.append(name, remove);
  return item;
}

async function save(allowed: Promise<boolean>, address: string): Promise<void> {
  if (!(await allowed)) {
    told.textContent = "Without the permission for this address, the server cannot be asked.";
    return;
  }
  const { server: before, user } = await readSettings();
  // A key is for one server, and no other one gets to see it.
  const kept = before === address ? {} : { key: "" };
  await writeSettings({
    server: address,
    eagerness: eagerness.value as Eagerness,
    learning: learning.checked,
    ...(key.value === "" ? kept : { key: key.value.trim() }),
    ...(learning.checked && user === "" ? { user: newUser() } : {}),
  });
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
  // Asked at once: a browser asks only as long as the press of the button counts.
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
