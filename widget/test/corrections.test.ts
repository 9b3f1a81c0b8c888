/** What the engine promises about corrections, and about turning to another choice. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";

interface Candidate {
  text: string;
  replace?: number;
}

/** A draft with these candidates shown, long enough to be taken. */
async function shown(text: string, candidates: Candidate[], options = {}): Promise<Rig> {
  const rig = new Rig({ edits: true, ...options });
  rig.type(text);
  await rig.answer({ id: "sg_1", suggestions: candidates });
  await rig.clock.pass(100);
  return rig;
}

const MENDED = [{ text: "eived your letter", replace: 2 }];

test("a correction shows its whole word behind an arrow, and is asked for where it is wanted", async () => {
  const rig = await shown("I recie", MENDED);
  assert.equal(rig.ghost, " → received your letter");
  assert.equal(rig.questions[0]?.request.edits, true);
  assert.deepEqual(rig.shown, {
    id: "sg_1",
    text: "eived your letter",
    replace: 2,
    confidence: null,
    rank: 0,
    choices: 1,
  });
  const other = await shown("I recie", MENDED, { edits: false });
  assert.equal(other.ghost, null);
  assert.equal("edits" in (other.questions[0]?.request ?? {}), false);
});

test("an editor that cannot replace is asked for none", async () => {
  const rig = new Rig({ edits: true });
  rig.insert = (text) => rig.type(text);
  rig.type("I recie");
  assert.equal("edits" in (rig.questions[0]?.request ?? {}), false);
  await rig.answer({ suggestions: MENDED });
  assert.equal(rig.ghost, null);
});

test("it is taken as a whole, by its word, or as far as there is room", async () => {
  const whole = await shown("I recie", MENDED);
  assert.ok(whole.composer.accept("seen"));
  assert.equal(whole.draft?.before, "I received your letter");
  assert.deepEqual(whole.outcomes.at(-1), { type: "accepted", id: "sg_1", characters: 17 });

  const word = await shown("I recie", MENDED);
  assert.ok(word.composer.accept("word"));
  assert.equal(word.draft?.before, "I received");
  assert.equal(word.ghost, " your letter");
  word.type("X");
  assert.deepEqual(word.outcomes.at(-1), { type: "partial", id: "sg_1", characters: 5 });

  const cut = new Rig({ edits: true });
  cut.room = " → received".length;
  cut.type("I recie");
  await cut.answer({ suggestions: MENDED });
  await cut.clock.pass(100);
  assert.ok(cut.composer.accept("all"));
  assert.equal(cut.draft?.before, "I received");
});

test("half a word is not shown", async () => {
  const rig = new Rig({ edits: true });
  rig.room = " → recei".length;
  rig.type("I recie");
  await rig.answer({ suggestions: MENDED });
  assert.equal(rig.shown, null);
  assert.equal(rig.ghost, null);
});

test("a correction may only take letters away", async () => {
  const rig = await shown("Not untill", [{ text: "", replace: 1 }]);
  assert.equal(rig.ghost, " → until");
  assert.ok(rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Not until");
  assert.deepEqual(rig.outcomes.at(-1), { type: "accepted", id: "sg_1", characters: 0 });
});

test("one that was refused stays as it was typed", async () => {
  const rig = await shown("I recie", MENDED);
  rig.refuses = true;
  assert.equal(rig.composer.accept("all"), false);
  assert.equal(rig.draft?.before, "I recie");
  assert.equal(rig.outcomes.at(-1)?.type, "dismissed");
});

test("it is not typed through, and does not grow", async () => {
  const rig = await shown("I recie", MENDED);
  await rig.clock.pass(1000);
  assert.equal(rig.questions.length, 1);
  rig.type("v");
  assert.equal(rig.ghost, null);
  assert.deepEqual(rig.outcomes.at(-1), { type: "dismissed", id: "sg_1", reason: "mismatch" });
  assert.equal(rig.asked.at(-1), "I reciev");
});

test("a correction that changes nothing is a suggestion like any other", async () => {
  const rig = await shown("I rec", [{ text: "ceived", replace: 1 }]);
  assert.equal(rig.ghost, "eived");
  rig.type("eiv");
  assert.equal(rig.ghost, "ed");
});

test("after Esc a word is left as it is typed, until the next one", async () => {
  const rig = await shown("I recie", MENDED);
  rig.composer.dismiss();
  rig.type("v");
  await rig.answer({ suggestions: [{ text: "eived", replace: 3 }] });
  assert.equal(rig.ghost, null);
  rig.type(" teh");
  await rig.clock.pass(100);
  await rig.answer({ suggestions: [{ text: "he", replace: 2 }] });
  assert.equal(rig.ghost, " → the");
});

test("only the word that is begun is mended", async () => {
  for (const replace of [-1, 6, 9, 1.5, Number.NaN, "1", null]) {
    const rig = await shown("I recie", [{ text: "eived", replace: replace as number }]);
    assert.equal(rig.ghost, null, String(replace));
  }
  const blank = await shown("I recie ", [{ text: "x", replace: 1 }]);
  assert.equal(blank.ghost, null);
  const gone = await shown("I recie", [{ text: " had", replace: 5 }]);
  assert.equal(gone.ghost, null, "a word that would only go");
});

const THREE = [{ text: " meet on Friday" }, { text: " call you" }, { text: " move" }];

test("turning goes through what still goes on from the draft, and asks nothing", async () => {
  const rig = await shown("Can we", THREE);
  assert.equal(rig.mark, "");
  assert.equal(rig.shown?.choices, 3);
  assert.ok(rig.composer.turn());
  assert.deepEqual([rig.ghost, rig.mark, rig.shown?.rank], [" call you", "2/3", 1]);
  assert.ok(rig.composer.turn(-1));
  assert.deepEqual([rig.ghost, rig.mark], [" meet on Friday", "1/3"]);
  rig.type(" m");
  assert.ok(rig.composer.turn());
  assert.deepEqual([rig.ghost, rig.mark], ["ove", "2/2"]);
  assert.equal(rig.questions.length, 1);
  await rig.clock.pass(100);
  assert.ok(rig.composer.accept("all"));
  assert.deepEqual(rig.outcomes.at(-1), { type: "accepted", id: "sg_1", rank: 2, characters: 3 });
});

test("what has just been turned to cannot be taken by a key yet", async () => {
  const rig = await shown("Can we", THREE);
  rig.composer.turn();
  assert.equal(rig.composer._takeable(), false);
  await rig.clock.pass(80);
  assert.ok(rig.composer._takeable());
});

test("a choice that finds no room is passed over", async () => {
  const rig = await shown("Can we", THREE);
  const render = rig.render.bind(rig);
  rig.render = (text, mark, below) => (text === " call you" ? 0 : render(text, mark, below));
  assert.ok(rig.composer.turn());
  assert.deepEqual([rig.ghost, rig.mark], [" move", "3/3"]);
});

test("there is nothing to turn to without another choice", async () => {
  const rig = await shown("Can we", [{ text: " meet" }, { text: "s" }, { text: "" }]);
  assert.equal(rig.composer.turn(), false);
  assert.deepEqual([rig.ghost, rig.mark], [" meet", ""]);
});

test("what has grown is found again as it was", async () => {
  const rig = await shown("Can we m", [{ text: "eet on" }, { text: "ove" }]);
  for (const letter of "eet") rig.type(letter);
  await rig.clock.pass(100);
  await rig.answer({ suggestions: [{ text: " on Friday at noon" }, { text: " at once" }] });
  assert.equal(rig.ghost, " on Friday at noon");
  assert.equal(rig.composer.turn(), false);
  assert.equal(rig.ghost, " on Friday at noon");
});
