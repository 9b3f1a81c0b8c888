/** What the extension's button opens: the switch for the site at hand. */

import type { FromExtension } from "../../shared/messages.js";
import { readSettings } from "../../shared/settings.js";
import { patternOf, readSites, writeWanted } from "../../shared/sites.js";

const element = (id: string): HTMLElement => document.getElementById(id) as HTMLElement;
const toggle = element("toggle");

const say = (message: FromExtension): Promise<unknown> => chrome.runtime.sendMessage(message);

/** The page at hand. A test opens the popup as a page and names another one's address. */
async function siteAtHand(): Promise<{ pattern: string | null; tab: number }> {
  const given = new URLSearchParams(location.search).get("site");
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return { pattern: patternOf(given ?? tab?.url), tab: tab?.id ?? -1 };
}

async function show(): Promise<void> {
  const { pattern, tab } = await siteAtHand();
  if (pattern === null) {
    element("site").textContent = "Inkling can do nothing on this page.";
    element("note").hidden = true;
    return;
  }
  const name = new URL(pattern.replace(/\/\*$/, "/")).host;
  const on = (await readSites()).includes(pattern);
  const { server } = await readSettings();
  element("site").textContent = `${name}: ${on ? "on" : "off"}`;
  if (server === "") element("note").textContent = "Inkling has no server yet: open its options first.";
  toggle.hidden = false;
  toggle.textContent = on ? "Switch off on this site" : "Suggest on this site";
  toggle.onclick = (): void => {
    if (on) {
      void say({ kind: "off", pattern }).then(show);
      return;
    }
    // Some browsers close this page while they ask. The background then goes on with what is wanted.
    void writeWanted(pattern);
    void chrome.permissions
      .request({ origins: [pattern] })
      .then((given) => (given ? say({ kind: "on", pattern, tab }) : writeWanted(null)))
      .then(show);
  };
}

element("options").addEventListener("click", () => void chrome.runtime.openOptionsPage());

void show();
