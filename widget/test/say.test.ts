/** What the engine promises about bans, undone and retyped text, hasty Tabs, and text that follows the caret. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { lastPhrase, spells } from "../src/engine/phrases.js";
import { Rig } from "./rig.js";

const types = (rig: Rig): string[] => rig.outcomes.map(({ type }) => type);

/** The writer deletes, or undoes, so that only this is left before the caret. */
function edit(rig: Rig, before: string): void {
  rig.draft = { before, after: "" };
  rig.composer.edited();
}

test("the last phrase is what no punctuation parts, four words at most", () => {
  for (const [text, phrase] of [
    ["Friday", "Friday"],
    [" for next week?", "for next week"],
    ["Hi Ben, hope you are well.", "hope you are well"],
    [" to talk about the plan", "talk about the plan"],
    [" don’t worry", "don’t worry"],
    [" at 3.5 pm", "at 3.5 pm"],
    [" ...", ""],
    ["", ""],
    [" zu Weihnachten.\n", "zu Weihnachten"],
  ] as const)
    assert.equal(lastPhrase(text), phrase, JSON.stringify(text));
});

test("a banned phrase is known however it is spelled, and wherever it begins", () => {
  const banned = ["don’t worry"];
  for (const [prefix, full] of [
    ["Please", "Please don't worry"],
    ["Please", "Please DON’T, worry"],
    ["Please don't", "Please don't worry"],
    ["Please don't wor", "Please don't worry about it"],
    ["Don't worry. I", "Don't worry. I said don't worry"],
  ] as const)
    assert.ok(spells(full, prefix, banned), full);
  for (const [prefix, full] of [
    ["Please", "Please don't worries"],
    ["I", "I worry"],
    ["", ""],
  ] as const)
    assert.equal(spells(full, prefix, banned), false, full);
  assert.equal(spells("Please don't worry about it", "Please don't worry ", banned), false);
  assert.equal(spells("anything", "", ["", "..."]), false);
});

test("what spells a banned phrase gives way to the next candidate, and does not grow", async () => {
  const rig = new Rig();
  rig.banned = ["on friday"];
  rig.type("Can we meet");
  await rig.answer({ suggestions: [{ text: " on Friday" }, { text: " on Monday" }] });
  assert.deepEqual([rig.ghost, rig.shown?.rank, rig.shown?.choices], [" on Monday", 1, 1]);

  const split = new Rig();
  split.banned = ["meet on Friday"];
  await split.show("Can we m", "eet on");
  for (const letter of "eet") split.type(letter);
  await split.clock.pass(100);
  await split.answer(" on Friday");
  assert.equal(split.ghost, " on");
  assert.ok(split.composer.accept("all"));
  await split.clock.pass(100);
  await split.answer(" Friday");
  assert.equal(split.ghost, null);
});

test("what is banned goes, and is forgotten", async () => {
  const rig = new Rig();
  await rig.show("Can we meet on Fri", "day at noon");
  assert.equal(rig.composer._phrase(), "Friday at noon");
  rig.composer._drop("escape");
  assert.equal(rig.ghost, null);
  assert.deepEqual(rig.outcomes.at(-1), { type: "dismissed", id: "sg_1", reason: "escape" });
  assert.equal(rig.composer._phrase(), "");
  rig.composer.trigger();
  assert.equal(rig.questions.length, 2);
});

test("an undo of what was taken is told, after its own end", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.accept("all");
  edit(rig, "Can we");
  assert.deepEqual(types(rig), ["shown", "accepted", "undone"]);
  assert.deepEqual(rig.outcomes.at(-1), { type: "undone", id: "sg_1", characters: 5 });
  edit(rig, "Can");
  assert.equal(rig.outcomes.length, 3);
});

test("of words taken one by one the last is undone", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  rig.composer.accept("word");
  rig.composer.accept("word");
  edit(rig, "Can we meet");
  assert.deepEqual(rig.outcomes.slice(-2), [
    { type: "partial", id: "sg_1", characters: 8 },
    { type: "undone", id: "sg_1", characters: 3 },
  ]);
});

test("deleting letter by letter is no undo, and typing something else there is told", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.accept("all");
  for (const before of ["Can we mee", "Can we me", "Can we m", "Can we ", "Can we"]) edit(rig, before);
  rig.type(" ");
  rig.type("t");
  assert.deepEqual(rig.outcomes.at(-1), { type: "retyped", id: "sg_1", characters: 5 });
});

test("typing the same again, or only other punctuation, is not told", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet?");
  rig.composer.accept("all");
  edit(rig, "Can we me");
  for (const letter of "et?") rig.type(letter);
  edit(rig, "Can we meet");
  rig.type("!");
  assert.deepEqual(types(rig), ["shown", "accepted"]);
});

test("what happens to taken text much later is not told", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.accept("all");
  await rig.clock.pass(30_000);
  edit(rig, "Can we");
  assert.deepEqual(types(rig), ["shown", "accepted"]);
});

test("a correction that was undone is not offered again for that word", async () => {
  const rig = new Rig({ edits: true });
  rig.type("I recie");
  await rig.answer({ id: "sg_1", suggestions: [{ text: "eived", replace: 2 }] });
  rig.composer.accept("all");
  edit(rig, "I recie");
  assert.deepEqual(rig.outcomes.at(-1), { type: "undone", id: "sg_1", characters: 5 });
  rig.type("v");
  await rig.clock.pass(100);
  await rig.answer({ suggestions: [{ text: "eived", replace: 3 }] });
  assert.equal(rig.ghost, null);
});

test("a hasty Tab stays: just before a suggestion may be taken, and right after one was", async () => {
  const rig = new Rig();
  assert.equal(rig.composer._keepsTab(), false);
  rig.type("Can we");
  await rig.answer(" meet on Friday");
  assert.ok(rig.composer._keepsTab());
  await rig.clock.pass(79);
  assert.ok(rig.composer._keepsTab());
  await rig.clock.pass(1);
  assert.equal(rig.composer._keepsTab(), false);
  rig.composer.accept("all");
  await rig.clock.pass(299);
  assert.ok(rig.composer._keepsTab());
  await rig.clock.pass(1);
  assert.equal(rig.composer._keepsTab(), false);
});

test("after Esc no Tab stays", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  rig.composer.accept("word");
  rig.composer.dismiss();
  assert.equal(rig.composer._keepsTab(), false);
});

test("where a suggestion must be visible for long, Tab leaves in the beginning", async () => {
  const rig = new Rig({ minVisibleMs: 1000 });
  rig.type("Can we");
  await rig.answer(" meet");
  assert.equal(rig.composer._keepsTab(), false);
  await rig.clock.pass(920);
  assert.ok(rig.composer._keepsTab());
});

test("where text follows, nothing is asked unless it is wanted and can be shown", async () => {
  for (const [options, after, expected] of [
    [{}, " on Friday", undefined],
    [{ middle: true }, " on Friday\nBest", " on Friday"],
    [{ middle: true }, ", then", ", then"],
    [{ middle: true }, "ing on", undefined],
    [{ middle: true }, " \nBest", ""],
  ] as const) {
    const rig = new Rig(options);
    rig.draft = { before: "Can we", after };
    rig.type(" m");
    assert.equal(rig.questions.length, expected === undefined ? 0 : 1, after);
    if (expected !== undefined) assert.equal(rig.questions[0]?.request.suffix, expected || undefined);
  }
  const other = new Rig({ middle: true });
  other.render = (text) => text?.length;
  other.draft = { before: "Can we", after: " on Friday" };
  other.type(" m");
  assert.equal(other.questions.length, 0);
});

test("what is shown where text follows stands below, is one line, and belongs to what follows", async () => {
  const rig = new Rig({ middle: true });
  rig.draft = { before: "Can we", after: " on Friday" };
  rig.type(" m");
  await rig.answer("eet\nagain");
  assert.deepEqual([rig.ghost, rig.below], ["eet", true]);
  await rig.clock.pass(100);
  assert.ok(rig.composer.accept("all"));
  assert.deepEqual(rig.draft, { before: "Can we meet", after: " on Friday" });
  edit(rig, "Can we");
  rig.draft = { before: "Can we", after: " in May" };
  rig.type(" m");
  await rig.clock.pass(100);
  assert.equal(rig.ghost, null);
  assert.equal(rig.questions.at(-1)?.request.suffix, " in May");
});

test("much text behind the caret is sent in part", () => {
  const rig = new Rig({ middle: true });
  rig.draft = { before: "Can we", after: ` ${"x".repeat(2000)}` };
  rig.type(" m");
  assert.equal(rig.questions[0]?.request.suffix?.length, 1000);
});
