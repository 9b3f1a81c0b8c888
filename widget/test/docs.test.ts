/** The widget's pages say what the sources do: tables are the types, numbers the constants, links lead somewhere. */

import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import {
  anchorsOf,
  code,
  codes,
  documents,
  exists,
  fencesOf,
  linksOf,
  tableOf,
  textOf,
  WIDGET_PAGES,
} from "./markdown.js";
import { entries, problemsOf, Sources, walk } from "./program.js";

const guide = WIDGET_PAGES.map(textOf).join("\n");
const prose = guide.replace(/\s+/g, " ");
const sources = new Sources();

/** Tables of interfaces: the heading of the first column, and how a table's cell names a type in TypeScript. */
const TABLES: ReadonlyArray<readonly [type: string, heading: string]> = [
  ["Options", "option"],
  ["Bounds", "member of `Bounds`"],
  ["Context", "member of `Context`"],
  ["Draft", "member of `Draft`"],
  ["CompletionRequest", "member of `CompletionRequest`"],
  ["Keys", "member of `keys`"],
  ["Handle", "member"],
  ["HandleEvents", "name"],
  ["Shown", "member of `Shown`"],
  ["Trouble", "member of `Trouble`"],
  ["Adapter", "member of `Adapter`"],
  ["EditorEvents", "member of `EditorEvents`"],
];

for (const [type, heading] of TABLES) {
  test(`the table of ${type} has its members, each optional or not`, () => {
    const told = tableOf(guide, heading).map(([name]) => code(name as string));
    const there = sources.membersOf(type).map(({ name, optional }) => name + (optional ? "?" : ""));
    assert.deepEqual(told.sort(), there.sort());
  });
}

test("what ships has every public member by its own name", () => {
  const shipped = textOf("widget/dist/index.js") + textOf("widget/dist/client.js");
  for (const type of [
    "Options",
    "Keys",
    "Handle",
    "HandleEvents",
    "Shown",
    "Trouble",
    "Draft",
    "Adapter",
    "EditorEvents",
  ]) {
    for (const { name } of sources.membersOf(type)) {
      assert.doesNotMatch(name, /^_/, `${type}.${name} would be shortened`);
      assert.match(shipped, new RegExp(`\\b${name}\\b`), `${type}.${name}`);
    }
  }
});

test("types are written as they are", () => {
  const names = TABLES.map(([type]) => type).join(", ");
  const checks = TABLES.flatMap(([type, heading]) =>
    tableOf(guide, heading).map(([name, written]) => {
      const member = code(name as string).replace("?", "");
      return `export const ${type}_${member}: Same<Required<${type}>["${member}"], ${code(written as string)}> = true;`;
    }),
  );
  const text = [
    `import type { Complete, Eagerness, Outcome, Pause, ${names} } from "inkling-compose";`,
    "type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;",
    "export type Named = [Complete, Eagerness, Outcome, Pause];",
    ...checks,
  ];
  const wrong = problemsOf("tables", new Map([["tables.ts", text.join("\n")]]));
  assert.deepEqual(
    wrong.map((one) => `${text[Number(/:(\d+)/.exec(one)?.[1]) - 1] ?? ""} ${one}`),
    [],
  );
});

test("defaults of options are those of the sources", () => {
  const constants = sources.objectOf("DEFAULTS");
  const comments = new Map(sources.membersOf("Options").map(({ name, comment }) => [name, comment]));
  for (const [name, , told] of tableOf(guide, "option") as Array<[string, string, string]>) {
    const option = code(name).replace("?", "");
    const commented = /Default:? (.+)\.$/.exec(comments.get(option) ?? "")?.[1];
    const plain = told.replace(/`/g, "");
    if (constants.has(option)) assert.equal(plain, constants.get(option), option);
    if (commented !== undefined) assert.equal(plain, commented, option);
    else assert.match(told, /^(none|\[below\]\(#keys\))$/, option);
  }
});

test("defaults of keys are those of the sources", () => {
  const told = tableOf(guide, "member of `keys`").filter(([, , value]) => value !== "none");
  const values = told.map(([name, , value]) => [code(name as string).replace("?", ""), code(value as string)] as const);
  assert.deepEqual(new Map(values), sources.objectOf("DEFAULT_KEYS"));
});

test("outcomes, reasons and kinds of trouble are all told", () => {
  const outcomes = tableOf(guide, "type").map(
    ([type, members]) => [code(type as string), codes(members as string)] as const,
  );
  assert.deepEqual(new Map(outcomes), sources.alternativesOf("Outcome"));
  const reasons = tableOf(guide, "reason").map(([reason]) => code(reason as string));
  assert.deepEqual(reasons.sort(), sources.wordsOf("DismissReason").sort());
  const written = tableOf(guide, "member of `Trouble`").find(([name]) => name === "`kind`")?.[1] as string;
  const kinds = tableOf(guide, "kind").map(([kind]) => code(kind as string));
  assert.deepEqual(kinds.sort(), [...written.matchAll(/"(\w+)"/g)].map(([, kind]) => kind).sort());
});

test("every entry is told, with what it exports", () => {
  const told = new Map(
    tableOf(guide, "import").map(([name, exported]) => [code(name as string), codes(exported as string)]),
  );
  assert.deepEqual([...told.keys()].sort(), [...entries.keys()].sort());
  for (const [name, file] of entries) {
    if (!file.endsWith(".ts")) continue;
    const values = [...sources.exportsOf(file)].filter(([, symbol]) => !isType(symbol)).map(([exported]) => exported);
    assert.deepEqual(
      told
        .get(name)
        ?.filter((one) => !one.startsWith("<"))
        .sort(),
      values.sort(),
      name,
    );
  }
});

function isType(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).every(
    (one) =>
      ts.isInterfaceDeclaration(one) || (ts.isExportSpecifier(one) && (one.isTypeOnly || one.parent.parent.isTypeOnly)),
  );
}

/** Attributes of the element and of the script, as the sources name them. */
const observed = namesIn("element.ts", (node) =>
  ts.isPropertyDeclaration(node) &&
  node.name.getText() === "observedAttributes" &&
  node.initializer &&
  ts.isArrayLiteralExpression(node.initializer)
    ? node.initializer.elements.map((one) => (one as ts.StringLiteral).text)
    : [],
);
const data = namesIn("auto.ts", (node) => {
  if (ts.isPropertyAccessExpression(node) && /dataset$/.test(node.expression.getText())) return [node.name.text];
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return [];
  if (!/dataset$/.test(node.initializer?.getText() ?? "")) return [];
  return node.name.elements.map((one) => (one.propertyName ?? one.name).getText());
}).map((name) => `data-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);

function namesIn(file: string, find: (node: ts.Node) => string[]): string[] {
  const names = new Set<string>();
  walk(sources.file(file), (node) => find(node).forEach((name) => names.add(name)));
  return [...names].sort();
}

test("attributes are those that are read", () => {
  const rows = (heading: string): string[] =>
    tableOf(guide, heading)
      .map(([name]) => code(name as string))
      .sort();
  assert.deepEqual(rows("attribute of `<ink-compose>`"), observed);
  assert.deepEqual(rows("attribute of the script"), data);
});

test("samples of HTML use no others", () => {
  let tags = 0;
  for (const name of documents()) {
    for (const { language, text, line } of fencesOf(textOf(name))) {
      if (language !== "html") continue;
      for (const [, tag, written] of text.matchAll(/<(script|ink-compose)\s([^>]*)>/g)) {
        const given = [...(written as string).matchAll(/([\w-]+)(?:="[^"]*")?/g)].map(
          ([, attribute]) => attribute as string,
        );
        const allowed =
          tag === "script" ? ["src", "defer", "async", "nonce", "integrity", "crossorigin", ...data] : observed;
        assert.deepEqual(
          given.filter((one) => !allowed.includes(one)),
          [],
          `${name}:${line}`,
        );
        if (tag === "script") assert.match(written as string, /src="[^"]*\/inkling\.js"/, `${name}:${line}`);
        if (given.includes("integrity")) assert.ok(given.includes("crossorigin"), `${name}:${line}`);
        tags += 1;
      }
    }
  }
  assert.ok(tags > 4, "tags are found");
});

test("custom properties are those that styles use", () => {
  const used = new Set(sources.files.flatMap(({ text }) => text.match(/--inkling-[\w-]*\w/g) ?? []));
  assert.deepEqual(
    tableOf(guide, "custom property")
      .map(([name]) => code(name as string))
      .sort(),
    [...used].sort(),
  );
  assert.deepEqual(new Set(guide.match(/--inkling-[\w-]*\w/g)), used);
});

test("numbers are those of the sources", () => {
  const number = (name: string, file?: string): number => sources.numberOf(name, file);
  const thousands = (value: number): string => value.toLocaleString("en");
  const [shortest, longest] = [number("SHORTEST_PAUSE_MS"), number("LONGEST_PAUSE_MS", "pace.ts")];
  const [first, most] = [number("FIRST_PAUSE_MS") / 1000, number("LONGEST_PAUSE_MS", "breaker.ts") / 1000];
  for (const phrase of [
    `round trips of at most ${number("QUICK_MS")} ms`,
    `at most every ${number("INTERVAL_MS")} ms`,
    `at least ${shortest} and at most ${longest} ms`,
    `it asks every ${longest} ms`,
    `At most ${number("MOST", "requests.ts")} requests`,
    `shorter than ${number("MIN_CHARACTERS")} characters or longer than ${number("MAX_CHARACTERS")}`,
    `already has ${number("MOST_WORDS")} words`,
    `leaves Tab alone for ${number("RELEASE_MS") / 1000} seconds`,
    `leaves Tab to the browser for ${number("RELEASE_MS") / 1000} seconds`,
    `up to ${number("EARLY_MS")} ms before the suggestion`,
    `within ${number("AGAIN_MS")} ms after one was taken`,
    `within ${number("SOON_MS") / 1000} seconds after something was taken`,
    `the rest of the line, ${thousands(number("MOST_FOLLOWING"))} characters at most`,
    `after ${number("IDLE_MS")} ms without a new syllable`,
    `after ${number("QUIET_MS")} ms without a change`,
    `collected for ${number("BATCH_MS") / 1000} seconds`,
    `no answer within ${number("TIMEOUT_MS") / 1000} seconds`,
    `After ${number("FAILURES_BEFORE_PAUSE")} failures in a row it pauses for ${first} seconds, then twice as long each time, at most ${most} seconds`,
    `1 second without it, at most ${most} seconds`,
    `above ${thousands(number("MOST_CHARACTERS"))} characters`,
    `about ${thousands(Math.floor(number("STRIDE") / 1000) * 1000)} keys`,
  ]) {
    assert.ok(prose.includes(phrase), `the guide does not say: ${phrase}`);
  }
});

test("sizes are the budgets of the build", () => {
  const budgets = [
    ...textOf("widget/build.mjs").matchAll(
      /\[core, ([\d.]+)|\[built\("inkling"\), ([\d.]+)|\[built\(name\), ([\d.]+)/g,
    ),
  ].map(([, ...given]) => given.find(Boolean));
  assert.equal(budgets.length, 3);
  assert.deepEqual(
    [...(/Sizes, gzipped.*? adapter\./.exec(prose)?.[0] ?? "").matchAll(/([\d.]+) KB/g)].map(([, size]) => size),
    budgets,
  );
});

test("links within the repository lead to files and headings that are there", () => {
  const lost: string[] = [];
  let links = 0;
  for (const name of documents()) {
    for (const { target, line } of linksOf(textOf(name))) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path, anchor] = target.split("#") as [string, string | undefined];
      const file = path === "" ? name : posix.join(posix.dirname(name), path);
      if (!exists(file)) lost.push(`${name}:${line} ${target}`);
      else if (anchor !== undefined && !anchorsOf(textOf(file)).has(anchor)) lost.push(`${name}:${line} ${target}`);
    }
  }
  assert.deepEqual(lost, []);
  assert.ok(links > 20, "links are found");
});
