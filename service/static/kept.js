/** What the page keeps in this browser: settings until they are cleared, drafts until the tab is closed. */

const DRAFT = "inkling-draft:";
const THREAD = "inkling-thread";
const SETTINGS = { edits: "inkling-edits", kind: "inkling-kind", middle: "inkling-middle", theme: "inkling-theme" };
const WISHES = "inkling:"; // what the widget keeps of a writer's choices

/** A setting by its name, null where none was chosen. */
export function setting(name) {
  return ask("localStorage", (storage) => storage.getItem(SETTINGS[name]));
}

export function keepSetting(name, value) {
  ask("localStorage", (storage) => storage.setItem(SETTINGS[name], value));
}

/** The thread that was open, by its subject. */
export function keptThread() {
  return ask("sessionStorage", (storage) => storage.getItem(THREAD)) ?? "";
}

/** The draft of a thread, or null. */
export function keptDraft(thread) {
  return ask("sessionStorage", (storage) => JSON.parse(storage.getItem(DRAFT + thread)));
}

/** Keep a draft, or none for null; returns whether the browser does. */
export function keepDraft(thread, draft) {
  const kept = ask("sessionStorage", (storage) => {
    if (thread === "") storage.removeItem(THREAD);
    else storage.setItem(THREAD, thread);
    if (draft === null) storage.removeItem(DRAFT + thread);
    else storage.setItem(DRAFT + thread, JSON.stringify(draft));
    return true;
  });
  return kept === true;
}

/** Keep no draft and no setting any more. What was learned is the server's, and stays. */
export function clearAll() {
  ask("localStorage", (storage) => {
    const settings = Object.values(SETTINGS);
    for (const key of Object.keys(storage))
      if (settings.includes(key) || key.startsWith(WISHES)) storage.removeItem(key);
  });
  ask("sessionStorage", (storage) => {
    for (const key of Object.keys(storage)) if (key === THREAD || key.startsWith(DRAFT)) storage.removeItem(key);
  });
}

/** What `work` makes of a storage; null where the browser refuses it, or has no room. */
function ask(name, work) {
  try {
    return work(window[name]);
  } catch {
    return null;
  }
}
