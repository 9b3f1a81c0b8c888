/** The identities that suggestions are switched on for, and those whose sent mail is learned. */

const NAMES = ["on", "learned"] as const;

export type Choice = (typeof NAMES)[number];

/** The ids of the identities of a choice. None is chosen at first. */
export async function chosen(choice: Choice): Promise<string[]> {
  const kept = (await chrome.storage.local.get([choice]))[choice];
  return Array.isArray(kept) ? (kept as string[]) : [];
}

export async function choose(choice: Choice, ids: readonly string[]): Promise<void> {
  await chrome.storage.local.set({ [choice]: [...new Set(ids)].sort() });
}

/** Whether an identity is chosen. */
export async function has(choice: Choice, id: string | undefined): Promise<boolean> {
  return id !== undefined && (await chosen(choice)).includes(id);
}
