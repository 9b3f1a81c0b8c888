/** What is grey grows while the writer types it: longer or as it was, at one request a word. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComposerOptions } from "../src/engine/contract.js";
import { Rig } from "./rig.js";

/** " from" is grey behind "Looking forward to hearing", of which the last word was typed. */
async function atWordEnd(options: Partial<ComposerOptions> = {}): Promise<Rig> {
  const rig = new Rig(options);
  await rig.show("Looking forward to hear", "ing from");
  await type(rig, "ing");
  assert.equal(rig.ghost, " from");
  return rig;
}

/** Type key by key, and check that no moment is without grey text; time passes between the keys. */
async function type(rig: Rig, text: string, milliseconds = 100): Promise<void> {
  for (const letter of text) {
    rig.painted.length = 0;
    rig.type(letter);
    assert.ok(
      rig.painted.every((painted) => painted),
      JSON.stringify(rig.painted),
    );
    await rig.clock.pass(milliseconds);
  }
}

const answerOf = (text: string, id = "sg_fresh", confidence = 0.9) => ({ id, suggestions: [{ text, confidence }] });

test("at the end of a word the draft is asked about, and an answer that goes on makes what is grey longer", async () => {
  const rig = await atWordEnd();
  assert.deepEqual(rig.asked, ["Looking forward to hear", "Looking forward to hearing"]);
  rig.painted.length = 0;
  await rig.answer(answerOf(" from you soon."));
  assert.deepEqual(rig.painted, [" from you soon."]);
  assert.deepEqual(rig.shown, {
    id: "sg_1",
    text: " from you soon.",
    replace: 0,
    confidence: 0.9,
    rank: 0,
    choices: 1,
  });
  await rig.clock.pass(100);
  assert.ok(rig.composer._takeable());
  assert.ok(rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Looking forward to hearing from you soon.");
});

test("any other answer leaves what is grey as it is", async () => {
  for (const text of [" fr", " from", " for you", "s from you", "from you", " From you", null, "", "x".repeat(401)]) {
    const rig = await atWordEnd();
    rig.painted.length = 0;
    await rig.answer(text);
    assert.ok(
      rig.painted.every((painted) => painted === " from"),
      JSON.stringify([text, rig.painted]),
    );
    assert.deepEqual(rig.shown, { id: "sg_1", text: " from", replace: 0, confidence: 0.5, rank: 0, choices: 1 });
  }
});

test("one request a word at most, however the keys fall, whatever is answered and when", async () => {
  const draft = " meet on Friday to talk about it";
  for (const pause of [0, 5, 15, 30, 45, 100, 250, 700]) {
    for (const schedule of ["auto", 60, 300] as const) {
      for (const answers of ["never", "nothing", "errors", "longer"]) {
        const rig = new Rig({ schedule });
        rig.type("Can we");
        await rig.clock.pass(300);
        await rig.answer(draft.slice(0, 22));
        await rig.clock.pass(300);
        const asked = rig.questions.length;
        for (const [index, letter] of [...draft.slice(0, 21)].entries()) {
          rig.type(letter);
          await rig.clock.pass(pause);
          const words = draft.slice(0, index + 1).split(/\b(?=\s)/).length - 1;
          const most = words + (/^\s/.test(draft.slice(index + 1)) ? 1 : 0);
          assert.ok(rig.questions.length - asked <= most, JSON.stringify([pause, schedule, answers, rig.asked]));
          const question = rig.open.at(-1);
          if (answers === "nothing") question?.answer(null);
          if (answers === "errors") question?.fail({ kind: "failed", status: 500 });
          if (answers === "longer") question?.answer(draft.slice(question.request.prefix.length - 6));
          await rig.clock.pass(0);
          assert.ok(rig.ghost, JSON.stringify([pause, schedule, answers, index]));
        }
        if (pause === 700) assert.ok(rig.questions.length > asked, "asked at all");
      }
    }
  }
});

test("a suggestion that ends a sentence, or has as many words as it may, is not asked about", async () => {
  for (const rest of [
    " on Friday?",
    ' on Friday."',
    " on Friday…",
    " on Friday.\n",
    " one two three four five six seven eight",
  ]) {
    const rig = new Rig();
    await rig.show("Can we m", `eet${rest}`);
    await type(rig, "eet");
    await rig.clock.pass(1000);
    assert.equal(rig.ghost, rest);
    assert.equal(rig.questions.length, 1, rest);
  }
  const rig = new Rig();
  await rig.show("Can we m", "eet one two three four five six seven");
  await type(rig, "eet");
  assert.equal(rig.questions.length, 2);
});

test("what is cut for want of room is not asked about", async () => {
  const rig = new Rig();
  rig.room = 9;
  await rig.show("Can we m", "eet on Friday to talk");
  assert.equal(rig.shown?.text, "eet on Fr");
  rig.room = undefined;
  await type(rig, "eet");
  assert.equal(rig.ghost, " on Fr");
  assert.equal(rig.questions.length, 1);
});

test("where what is longer finds less room, what was grey stays", async () => {
  const rig = await atWordEnd();
  const laid: Array<string | null> = [];
  rig.render = (text) => {
    laid.push(text);
    return text === " from" ? 5 : 0;
  };
  await rig.answer(" from you soon.");
  assert.deepEqual(laid, [" from you soon.", " from"]);
  assert.equal(rig.shown?.text, " from");
  assert.deepEqual(
    rig.outcomes.map(({ type }) => type),
    ["shown"],
  );
});

test("it grows as far as there is room", async () => {
  const rig = await atWordEnd();
  rig.room = 9;
  await rig.answer(" from you soon.");
  assert.equal(rig.shown?.text, " from you");
});

test("an answer that comes late is held against what is typed and grey by then", async () => {
  const rig = await atWordEnd();
  await type(rig, " fr");
  await rig.answer(" from you soon.");
  assert.equal(rig.ghost, "om you soon.");

  const other = await atWordEnd();
  await type(other, " fr");
  await other.answer(" for you to decide");
  assert.equal(other.ghost, "om");

  const gone = await atWordEnd();
  const question = gone.questions.at(-1);
  gone.type("s");
  await gone.answer(" from you soon.", question);
  assert.equal(gone.ghost, null);

  const dismissed = await atWordEnd();
  const late = dismissed.questions.at(-1);
  dismissed.composer.dismiss();
  await dismissed.answer(" from you soon.", late);
  assert.equal(dismissed.ghost, null);
});

test("an answer after all of it was typed is a suggestion of its own", async () => {
  const rig = await atWordEnd();
  const question = rig.questions.at(-1);
  await type(rig, " fr");
  rig.type("om");
  assert.equal(rig.ghost, null);
  await rig.answer(answerOf(" from you soon."), question);
  assert.equal(rig.ghost, " you soon.");
  assert.deepEqual(
    rig.outcomes.map(({ type, id }) => [type, id]),
    [
      ["shown", "sg_1"],
      ["typed_through", "sg_1"],
      ["shown", "sg_fresh"],
    ],
  );
});

test("an error takes nothing away, and counts like any other", async () => {
  const rig = await atWordEnd();
  rig.questions.at(-1)?.fail({ kind: "busy", status: 429, pause: 60_000 });
  await rig.clock.pass(0);
  assert.equal(rig.ghost, " from");
  assert.deepEqual(rig.troubles, [{ kind: "busy", status: 429, pause: 60_000 }]);
  const asked = rig.questions.length;
  rig.type(" from");
  await rig.clock.pass(1000);
  assert.equal(rig.questions.length, asked, "the source is left alone");

  const hanging = await atWordEnd();
  await hanging.clock.pass(5000);
  assert.equal(hanging.troubles.at(-1)?.kind, "slow");
  assert.equal(hanging.ghost, " from");
});

test("it waits for its turn, and asks about the draft as it stands then", async () => {
  const rig = new Rig({ schedule: 250 });
  rig.type("Looking forward to hear");
  await rig.clock.pass(250);
  await rig.answer("ing from you");
  await type(rig, "ing fr");
  assert.equal(rig.questions.length, 1);
  await rig.clock.pass(150);
  assert.equal(rig.asked.at(-1), "Looking forward to hearing fr");
  await rig.answer("om you soon.");
  assert.equal(rig.ghost, "om you soon.");
});

test("grey text that an older answer left behind a word grows too", async () => {
  const rig = new Rig();
  rig.type("Looking forward to hear");
  rig.type("ing");
  await rig.answer("ing from", rig.questions[0]);
  assert.equal(rig.ghost, " from");
  await rig.clock.pass(100);
  assert.equal(rig.asked.at(-1), "Looking forward to hearing");
  await rig.answer(" from you soon.");
  assert.equal(rig.ghost, " from you soon.");
});

test("what is known is not asked again", async () => {
  const rig = await atWordEnd();
  await rig.answer(" from you soon.");
  rig.composer.edited();
  rig.draft = { before: "Looking forward to hea", after: "" };
  rig.type("r");
  assert.equal(rig.ghost, "ing from");
  const asked = rig.questions.length;
  await type(rig, "ing");
  assert.equal(rig.ghost, " from you soon.");
  assert.equal(rig.questions.length, asked);
});

test("after the next-word key the rest grows; of the last word what follows is asked for instead", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  assert.ok(rig.composer.accept("word"));
  assert.deepEqual(rig.asked, ["Can we", "Can we meet"]);
  await rig.answer(" on Friday at noon");
  assert.equal(rig.ghost, " on Friday at noon");
  await rig.clock.pass(100);
  assert.ok(rig.composer.accept("word"));
  assert.ok(rig.composer.accept("word"));
  assert.ok(rig.composer.accept("word"));
  assert.equal(rig.ghost, " noon");
  assert.equal(rig.asked.at(-1), "Can we meet on Friday at noon");
  await rig.answer(" at the office");
  assert.equal(rig.ghost, " noon at the office");
  assert.ok(rig.composer.accept("all"));
  assert.equal(rig.draft?.before, "Can we meet on Friday at noon at the office");
  assert.deepEqual(rig.outcomes, [
    { type: "shown", id: "sg_1", characters: 15 },
    { type: "accepted", id: "sg_1", characters: 37 },
  ]);
});

test("one suggestion from its first showing to its end, however often it grew", async () => {
  const rig = await atWordEnd();
  await rig.answer(answerOf(" from you", "sg_2b"));
  await type(rig, " from");
  await rig.answer(answerOf(" you soon.", "sg_3b"));
  await type(rig, " you soon");
  rig.type(".");
  assert.deepEqual(rig.outcomes, [
    { type: "shown", id: "sg_1", characters: 8 },
    { type: "typed_through", id: "sg_1", characters: "ing from you soon.".length },
  ]);
});

test("a key takes what was seen: what has only just grown stays grey", async () => {
  const rig = await atWordEnd();
  await rig.answer(" from you soon.");
  await rig.clock.pass(79);
  assert.ok(rig.composer._takeable());
  assert.ok(rig.composer.accept("seen"));
  assert.equal(rig.draft?.before, "Looking forward to hearing from");
  assert.equal(rig.ghost, " you soon.");
  await rig.clock.pass(1);
  assert.ok(rig.composer.accept("seen"));
  assert.equal(rig.draft?.before, "Looking forward to hearing from you soon.");
});

test("what was dismissed is not offered again, nor what it had grown from", async () => {
  const rig = await atWordEnd();
  await rig.answer(" from you soon.");
  rig.composer.dismiss();
  rig.type(" ");
  await rig.answer("from you");
  assert.equal(rig.ghost, null);
});

test("what has grown since it was read is read once more, after a quiet moment", async () => {
  const rig = await atWordEnd();
  await rig.clock.pass(600);
  assert.deepEqual(rig.announcements, ["from"]);
  await rig.answer(" from you soon.");
  await type(rig, " fr", 200);
  await rig.clock.pass(499);
  assert.deepEqual(rig.announcements, ["from"]);
  await rig.clock.pass(1);
  assert.deepEqual(rig.announcements, ["from", "om you soon."]);
  await rig.clock.pass(5000);
  await type(rig, "o", 5000);
  rig.composer.blurred();
  assert.deepEqual(rig.announcements, ["from", "om you soon.", ""]);

  const early = await atWordEnd();
  await early.answer(" from you soon.");
  await early.clock.pass(5000);
  assert.deepEqual(early.announcements, ["from you soon."]);
});
