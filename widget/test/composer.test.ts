/** What the engine promises about one suggestion. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";

test("a typed prefix is asked about and its answer painted", async () => {
  const rig = new Rig();
  rig.context = { subject: "Plans" };
  rig.type("Can we");
  assert.deepEqual(rig.questions[0]?.request, { prefix: "Can we", context: { subject: "Plans" }, session: "s" });
  await rig.answer(" meet");
  assert.equal(rig.ghost, " meet");
  assert.equal(rig.shown?.text, " meet");
});

test("typing through a suggestion that ends a sentence asks nothing and is never without grey text", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday?");
  const asked = rig.questions.length;
  for (const letter of " meet on Friday") {
    rig.painted.length = 0;
    rig.type(letter);
    assert.ok(rig.painted.length > 0 && rig.painted.every((text) => text !== null));
    await rig.clock.pass(30);
  }
  assert.equal(rig.questions.length, asked);
  assert.equal(rig.ghost, "?");
  rig.type("?");
  assert.deepEqual(rig.outcomes.slice(-1), [{ type: "typed_through", id: "sg_1", characters: 16 }]);
});

test("a letter that contradicts the suggestion ends it and asks again", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.type(" t");
  assert.equal(rig.ghost, null);
  assert.equal(rig.asked.at(-1), "Can we t");
  assert.deepEqual(rig.outcomes.at(-1), { type: "dismissed", id: "sg_1", reason: "mismatch" });
});

test("accepting inserts all of it, ends it once, and asks what follows", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  assert.ok(rig.composer._takeable());
  assert.ok(rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Can we meet");
  assert.deepEqual(
    rig.outcomes.map((one) => one.type),
    ["shown", "accepted"],
  );
  assert.equal(rig.asked.at(-1), "Can we meet");
  assert.equal(rig.ghost, null);
});

test("words are taken one by one, and the end is asked for while a word is left", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  assert.ok(rig.composer.accept("word"));
  assert.equal(rig.draft?.before, "Can we meet");
  assert.equal(rig.ghost, " on Friday");
  const asked = rig.questions.length;
  await rig.clock.pass(100);
  assert.ok(rig.composer.accept("word"));
  assert.equal(rig.questions.length, asked + 1);
  assert.equal(rig.asked.at(-1), "Can we meet on Friday");
  await rig.answer(" at noon");
  assert.equal(rig.ghost, " Friday at noon"); // a late answer may extend what is shown
  rig.type("X");
  assert.deepEqual(rig.outcomes.at(-1), { type: "partial", id: "sg_1", characters: 8 });
});

test("an answer that arrives late is used if the writer typed what it says", async () => {
  const rig = new Rig();
  rig.type("Can we");
  await rig.clock.pass(50);
  rig.type(" m");
  await rig.answer(" meet today", rig.questions[0]);
  assert.equal(rig.ghost, "eet today");
  await rig.answer(" et cetera", rig.questions[1]);
  assert.equal(rig.ghost, "eet today"); // extended, never replaced
});

test("an answer to what the writer has left behind is aborted and ignored", async () => {
  const rig = new Rig();
  rig.type("Can we");
  rig.draft = { before: "Can", after: "" };
  rig.composer.edited();
  assert.ok(rig.questions[0]?.signal.aborted);
  await rig.answer(" meet", rig.questions[0]);
  assert.equal(rig.shown, null);
});

test("deletion, undo, paste, caret and blur hide and ask nothing", async () => {
  for (const [happens, reason] of [
    [(rig: Rig) => rig.composer.edited(), "edit"],
    [(rig: Rig) => rig.composer.blurred(), "blur"],
    [
      (rig: Rig) => {
        rig.draft = { before: "Can", after: " we" };
        rig.composer.moved();
      },
      "caret",
    ],
  ] as const) {
    const rig = new Rig();
    await rig.show("Can we", " meet");
    const asked = rig.questions.length;
    happens(rig);
    await rig.clock.pass(2000);
    assert.equal(rig.ghost, null);
    assert.equal(rig.questions.length, asked);
    assert.deepEqual(rig.outcomes.at(-1), { type: "dismissed", id: "sg_1", reason });
  }
});

test("a caret that has not moved changes nothing", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.moved();
  assert.equal(rig.ghost, " meet");
});

test("a draft that a program changed hides it before the next key", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  await rig.clock.pass(1000);
  assert.equal(rig.ghost, " meet");
  rig.draft = { before: "", after: "" };
  await rig.clock.pass(350);
  assert.equal(rig.ghost, null);
  assert.equal(rig.clock.pending, 0);
});

test("a key may take it only after it was visible for a while", async () => {
  const rig = new Rig();
  rig.type("Can we");
  rig.questions[0]?.answer(" meet");
  await rig.clock.pass(0);
  assert.ok(!rig.composer._takeable()); // not painted
  rig.clock.paint();
  await rig.clock.pass(79);
  assert.ok(!rig.composer._takeable());
  await rig.clock.pass(1);
  assert.ok(rig.composer._takeable());
});

test("Esc hides, does not offer it again, and gives Tab back for two seconds", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  assert.ok(rig.composer.dismiss());
  assert.ok(!rig.composer.dismiss());
  rig.type(" m");
  await rig.answer("eet on Friday");
  assert.equal(rig.ghost, null);
  rig.type("ail"); // not what was dismissed
  await rig.clock.pass(100);
  await rig.answer(" it");
  assert.equal(rig.ghost, " it");
  await rig.clock.pass(500);
  assert.ok(!rig.composer._takeable());
  await rig.clock.pass(2000);
  assert.ok(rig.composer._takeable());
});

test("nothing happens while composing", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.composing("に");
  assert.equal(rig.ghost, null);
  const [asked, painted] = [rig.questions.length, rig.painted.length];
  rig.draft = { before: "Can weに", after: "" };
  rig.composer.typed();
  rig.composer.edited();
  rig.composer.moved();
  rig.composer.composing("にほ");
  await rig.clock.pass(1000);
  assert.equal(rig.questions.length, asked);
  assert.equal(rig.painted.length, painted);
  rig.composer.composing(null);
  rig.composer.typed();
  assert.equal(rig.asked.at(-1), "Can weに");
});

test("a Korean syllable that rests is asked about, and its key waits for the composition's end", async () => {
  const rig = new Rig();
  rig.composer.composing("안");
  rig.draft = { before: "안", after: "" };
  await rig.clock.pass(199);
  assert.equal(rig.questions.length, 0);
  await rig.clock.pass(1);
  assert.deepEqual(rig.asked, ["안"]);
  await rig.answer("녕하세요");
  assert.equal(rig.ghost, "녕하세요");
  await rig.clock.pass(100);
  assert.ok(!rig.composer._takeable());
  rig.composer.composing(null);
  rig.composer.typed();
  assert.equal(rig.ghost, "녕하세요");
  assert.ok(rig.composer._takeable());
});

test("no suggestion stands before other text of the line, or where there is no room", async () => {
  const rig = new Rig();
  rig.draft = { before: "", after: " more\n" };
  rig.type("Can we");
  rig.draft = { before: "", after: "", room: 0 };
  rig.type("Can we");
  assert.equal(rig.questions.length, 0);
  rig.draft = { before: "", after: "  \nmore", room: 9 };
  rig.type("Can we");
  await rig.answer(" meet on Friday");
  assert.equal(rig.ghost, " meet on"); // whole words
});

test("one line holds no line break", async () => {
  const rig = new Rig();
  rig.draft = { before: "", after: "", singleLine: true };
  rig.type("Can we");
  await rig.answer(" meet\nBest");
  assert.equal(rig.ghost, " meet");
  assert.ok(rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Can we meet");
});

test("what finds no room on the page is not part of the suggestion", async () => {
  const rig = new Rig();
  rig.room = 5;
  rig.type("Can we");
  await rig.answer(" meet on Friday");
  assert.equal(rig.shown?.text, " meet");
  rig.composer.accept("all");
  assert.equal(rig.draft?.before, "Can we meet");
});

test("an editor that refuses leaves the draft and ends the suggestion as dismissed", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.refuses = true;
  assert.ok(!rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Can we");
  assert.deepEqual(rig.outcomes.at(-1), { type: "dismissed", id: "sg_1", reason: "edit" });
});

test("it is announced once, after a quiet moment, and not while it is typed through", async () => {
  const rig = new Rig();
  rig.type("Can we");
  await rig.answer(" meet on Friday");
  await rig.clock.pass(600);
  rig.type(" meet");
  await rig.clock.pass(600);
  assert.deepEqual(rig.announcements, []);
  await rig.clock.pass(100);
  assert.deepEqual(rig.announcements, ["on Friday"]);
  rig.type(" on");
  await rig.clock.pass(2000);
  assert.deepEqual(rig.announcements, ["on Friday"]);
  rig.type("x");
  assert.deepEqual(rig.announcements, ["on Friday", ""]);
});

test("an answer kept is a suggestion of its own each time it is shown", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.edited();
  rig.draft = { before: "Can w", after: "" };
  rig.type("e");
  rig.clock.paint();
  rig.composer.accept("all");
  assert.deepEqual(
    rig.outcomes.map((one) => [one.type, one.id]),
    [
      ["shown", "sg_1"],
      ["dismissed", "sg_1"],
      ["shown", "sg_1.2"],
      ["accepted", "sg_1.2"],
    ],
  );
});

test("a changed context forgets what was known", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.composer.edited();
  rig.context = { subject: "Lunch" };
  rig.draft = { before: "Can w", after: "" };
  rig.type("e");
  assert.equal(rig.ghost, null);
  assert.equal(rig.questions.length, 2);
});

test("when() and enable() silence it", async () => {
  const rig = new Rig({ when: (draft) => !draft.before.startsWith(">") });
  rig.type("> quoted");
  assert.equal(rig.questions.length, 0);
  const other = new Rig();
  await other.show("Can we", " meet");
  other.composer.enabled = false;
  assert.equal(other.ghost, null);
  other.type("x");
  assert.equal(other.questions.length, 1);
  other.composer.enabled = true;
  other.type("y");
  assert.equal(other.questions.length, 2);
});

test("trigger asks where the caret stands", async () => {
  const rig = new Rig();
  rig.draft = { before: "Can we", after: "" };
  rig.composer.trigger();
  await rig.answer(" meet");
  assert.equal(rig.ghost, " meet");
});

test("close leaves nothing painted, asked or waiting", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  rig.type(" x");
  const newest = rig.questions.at(-1);
  assert.ok(newest !== undefined && !newest.signal.aborted);
  rig.composer.close();
  assert.ok(newest.signal.aborted);
  assert.equal(rig.ghost, null);
  await rig.clock.pass(0);
  assert.equal(rig.clock.pending, 0);
});

test("what was dismissed where it had been cut is not offered again", async () => {
  const rig = new Rig();
  rig.room = 5;
  await rig.show("Can we", " meet on Friday");
  assert.equal(rig.shown?.text, " meet");
  rig.composer.dismiss();
  rig.room = undefined;
  rig.type(" ");
  await rig.clock.pass(100);
  assert.equal(rig.shown, null);
});

test("an answer that comes when suggestions are no longer wanted is not shown", async () => {
  let wanted = true;
  const rig = new Rig({ when: () => wanted });
  rig.type("Can we");
  wanted = false;
  await rig.answer(" meet");
  assert.equal(rig.ghost, null);
});

test("a listener that asks while the handle ends gets nothing", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet");
  const asked = rig.questions.length;
  rig.ended = () => rig.composer.trigger();
  rig.composer.close();
  assert.equal(rig.questions.length, asked);
});
