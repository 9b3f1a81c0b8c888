/** The parts of this project's Markdown documents that tests look at. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root; tests run from widget/build/test. */
const ROOT = new URL("../../../", import.meta.url);

export interface Fence {
  language: string;
  text: string;
  /** Of its first line of text, counted from 1. */
  line: number;
}

export interface Link {
  target: string;
  line: number;
}

export const pathOf = (name: string): string => fileURLToPath(new URL(name, ROOT));
export const textOf = (name: string): string => readFileSync(pathOf(name), "utf8");
export const exists = (name: string): boolean => existsSync(pathOf(name));

/** The documents of the repository that people read. */
export function documents(): string[] {
  const pages = readdirSync(pathOf("docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  return ["README.md", "widget/README.md", ...pages.map((name) => `docs/${name}`)];
}

/** The pages about the widget. Together they tell all of it. */
export const WIDGET_PAGES = [
  "docs/guides/embed.md",
  "docs/guides/adapter.md",
  "docs/reference/widget.md",
  "docs/explanation/widget.md",
];

/** Lines that are not within a fence, and the fences. */
function split(markdown: string): { lines: Array<{ text: string; line: number }>; fences: Fence[] } {
  const lines: Array<{ text: string; line: number }> = [];
  const fences: Fence[] = [];
  let open: Fence | null = null;
  markdown.split("\n").forEach((text, index) => {
    const mark = /^```(\w*)/.exec(text);
    if (mark === null) {
      if (open === null) lines.push({ text, line: index + 1 });
      else open.text += `${text}\n`;
    } else if (open === null) open = { language: mark[1] ?? "", text: "", line: index + 2 };
    else {
      fences.push(open);
      open = null;
    }
  });
  return { lines, fences };
}

export const fencesOf = (markdown: string): Fence[] => split(markdown).fences;

/** The rows of the one table whose first column has this heading, cells as they are written. */
export function tableOf(markdown: string, heading: string): string[][] {
  const rows = split(markdown).lines.map(({ text }) => (text.startsWith("|") ? cells(text) : null));
  const tops = rows.flatMap((row, index) => (row?.[0] === heading && rows[index + 1]?.[0] === "---" ? [index] : []));
  if (tops.length !== 1) throw new Error(`there must be one table of "${heading}", not ${tops.length}`);
  const body = rows.slice((tops[0] ?? 0) + 2);
  const end = body.indexOf(null);
  return body.slice(0, end < 0 ? undefined : end) as string[][];
}

const cells = (row: string): string[] =>
  row
    .replace(/^\||\|\s*$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replace(/\\\|/g, "|"));

/** What is written as code in a cell: all of it, or its parts. */
export const codes = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code as string);

export function code(cell: string): string {
  const [only, ...more] = codes(cell);
  if (only === undefined || more.length > 0 || cell !== `\`${only}\``) throw new Error(`not code alone: ${cell}`);
  return only;
}

export function linksOf(markdown: string): Link[] {
  return split(markdown).lines.flatMap(({ text, line }) =>
    [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => ({
      target: target as string,
      line,
    })),
  );
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of split(markdown).lines) {
    const heading = /^#+ (.*)/.exec(text)?.[1];
    if (heading === undefined) continue;
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/ /g, "-");
    let free = anchor;
    for (let number = 1; anchors.has(free); number++) free = `${anchor}-${number}`;
    anchors.add(free);
  }
  return anchors;
}
