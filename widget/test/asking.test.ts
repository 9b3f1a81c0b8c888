/** When the engine asks, and what it makes of a source that is slow, failing or hostile. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Rig } from "./rig.js";

test("the first key asks at once, the next ones once in 40 ms", async () => {
  const rig = new Rig();
  for (let index = 0; index < 40; index += 1) {
    rig.type("x");
    await rig.clock.pass(10);
    assert.ok(rig.open.length <= 2, "two in flight");
    rig.open.at(0)?.answer(null);
  }
  // 400 ms of typing: one request at its start, and one at the end of each 40 ms.
  assert.ok(rig.questions.length >= 10 && rig.questions.length <= 11, String(rig.questions.length));
});

test("a slow source is asked in the writer's pauses", async () => {
  const rig = new Rig();
  rig.type("a");
  await rig.clock.pass(300);
  await rig.answer(null);
  for (let index = 0; index < 4; index += 1) {
    await rig.clock.pass(50);
    rig.type("b");
  }
  assert.equal(rig.questions.length, 1);
  await rig.clock.pass(250);
  assert.equal(rig.questions.length, 2);
  assert.equal(rig.asked.at(-1), "abbbb");
});

test("somebody who never pauses is asked about too", async () => {
  const rig = new Rig();
  rig.type("a");
  await rig.clock.pass(300);
  await rig.answer(null);
  for (let index = 0; index < 40; index += 1) {
    await rig.clock.pass(50);
    rig.type("b");
  }
  assert.ok(rig.questions.length >= 3 && rig.questions.length <= 6, String(rig.questions.length));
});

test("a source that never answers is slow, too", async () => {
  const rig = new Rig();
  for (let index = 0; index < 40; index += 1) {
    rig.type("x");
    await rig.clock.pass(40);
    assert.ok(rig.open.length <= 2, "two in flight");
  }
  assert.ok(rig.questions.length >= 4 && rig.questions.length <= 7, String(rig.questions.length));
});

test("a schedule in milliseconds waits for that long without a key", async () => {
  const rig = new Rig({ schedule: 250 });
  rig.type("a");
  await rig.clock.pass(249);
  rig.type("b");
  await rig.clock.pass(249);
  assert.equal(rig.questions.length, 0);
  await rig.clock.pass(1);
  assert.deepEqual(rig.asked, ["ab"]);
});

test("of two requests under way the older makes room", async () => {
  const rig = new Rig();
  for (const letter of "abc") {
    rig.type(letter);
    await rig.clock.pass(50);
  }
  assert.deepEqual(
    rig.questions.map((question) => question.signal.aborted),
    [true, false, false],
  );
});

test("an answer that says nothing is kept: the same prefix is not asked about again", async () => {
  const rig = new Rig();
  rig.type("Can");
  await rig.answer(null);
  rig.composer.edited();
  rig.draft = { before: "Ca", after: "" };
  rig.type("n");
  assert.equal(rig.questions.length, 1);
});

test("answers are kept for a minute, and the 64 last used", async () => {
  const rig = new Rig();
  for (let index = 0; index < 65; index += 1) {
    await rig.clock.pass(50);
    rig.draft = { before: `${index}`, after: "" };
    rig.type("?");
    await rig.answer(null);
  }
  const ask = async (prefix: string) => {
    await rig.clock.pass(50);
    const before = rig.questions.length;
    rig.draft = { before: prefix, after: "" };
    rig.type("?");
    await rig.answer(null);
    return rig.questions.length > before;
  };
  assert.ok(!(await ask("1")), "kept");
  assert.ok(await ask("0"), "forgotten: the oldest of 65");
  await rig.clock.pass(61_000);
  assert.ok(await ask("1"), "forgotten: too old");
});

test("what the writer takes back and types again is known", async () => {
  const rig = new Rig();
  await rig.show("Can we", " meet on Friday");
  rig.type(" me");
  rig.composer.edited();
  rig.draft = { before: "Can we m", after: "" };
  rig.type("e");
  assert.equal(rig.ghost, "et on Friday");
  assert.equal(rig.questions.length, 1);
});

test("after three failures the source is left alone, for longer each time", async () => {
  const rig = new Rig();
  const ask = async () => {
    await rig.clock.pass(100);
    const before = rig.questions.length;
    rig.type("x");
    if (rig.questions.length === before) return false;
    rig.questions.at(-1)?.fail({ kind: "failed", status: 500 });
    await rig.clock.pass(0);
    return true;
  };
  for (let index = 0; index < 3; index += 1) assert.ok(await ask());
  assert.ok(!(await ask()));
  assert.deepEqual(rig.troubles.at(-1), { kind: "failed", status: 500, pause: 5000 });
  await rig.clock.pass(5000);
  assert.ok(await ask());
  await rig.clock.pass(5000);
  assert.ok(!(await ask()));
  await rig.clock.pass(5000);
  rig.type("y");
  await rig.answer(" is well");
  assert.equal(rig.troubles.at(-1), null);
  assert.equal(rig.ghost, " is well");
});

test("a pause that the source asks for is kept, a minute at most", async () => {
  const rig = new Rig();
  rig.type("a");
  rig.questions[0]?.fail({ kind: "busy", status: 429, pause: 3_600_000 });
  await rig.clock.pass(59_000);
  rig.type("b");
  assert.equal(rig.questions.length, 1);
  await rig.clock.pass(1_100);
  rig.type("c");
  assert.equal(rig.questions.length, 2);
});

test("a source that stays busy is asked less and less often", async () => {
  const rig = new Rig();
  for (let index = 0; index < 60; index += 1) {
    rig.type("x");
    rig.open.at(0)?.fail({ kind: "busy", status: 503, pause: 1000 });
    await rig.clock.pass(1000);
  }
  // At 0, 1 and 2 seconds, then after 5, 10, 20 and 40.
  assert.ok(rig.questions.length >= 5 && rig.questions.length <= 7, String(rig.questions.length));
});

test("a source that refuses the key is not asked again before something was changed", async () => {
  const rig = new Rig();
  rig.type("a");
  rig.questions[0]?.fail({ kind: "refused", status: 401, pause: Infinity });
  await rig.clock.pass(3_600_000);
  rig.type("b");
  assert.equal(rig.questions.length, 1);
  rig.change({});
  rig.type("c");
  assert.equal(rig.questions.length, 2);
});

test("a source that never answers is given up after five seconds", async () => {
  const rig = new Rig();
  rig.type("a");
  await rig.clock.pass(5000);
  assert.ok(rig.questions[0]?.signal.aborted);
  assert.equal(rig.troubles.at(-1)?.kind, "slow");
});

test("answers of any other shape are trouble, never shown", async () => {
  const shapes: unknown[] = [7, true, [], {}, { suggestions: "x" }, { suggestions: [7] }, { suggestions: [{}] }];
  for (const shape of shapes) {
    const rig = new Rig();
    rig.type("Can we");
    await rig.answer(shape as never);
    assert.equal(rig.shown, null);
    assert.equal(rig.troubles.at(-1)?.kind, "malformed", JSON.stringify(shape));
  }
});

test("a source that throws at once is a failure like any other", async () => {
  const rig = new Rig({
    complete: () => {
      throw new TypeError("no network");
    },
  });
  rig.type("a");
  await rig.clock.pass(0);
  assert.equal(rig.troubles.at(-1)?.kind, "unreachable");
});

test("control, bidi and zero-width characters are taken out of what is shown", async () => {
  const rig = new Rig();
  rig.type("Can we");
  await rig.answer(" me\u202eet\u0000 on\u200b <b>Friday</b>\u2028\ud800");
  assert.equal(rig.ghost, " meet on <b>Friday</b>");
});

test("an endless, empty or one-letter answer is none", async () => {
  for (const text of ["x".repeat(401), "   ", "a", "\u202e\u202e\u202e"]) {
    const rig = new Rig();
    rig.type("Can we");
    await rig.answer(text);
    assert.equal(rig.shown, null);
  }
});

test("a context that was changed in place forgets what was known", async () => {
  const rig = new Rig();
  rig.context = { subject: "Plans" };
  await rig.show("Can we", " meet");
  rig.context.subject = "Lunch";
  rig.draft = { before: "Can w", after: "" };
  rig.composer.edited();
  await rig.clock.pass(1000);
  rig.type("e");
  assert.deepEqual(rig.asked, ["Can we", "Can we"]);
  assert.deepEqual(rig.questions.at(-1)?.request.context, { subject: "Lunch" });
});

test("what the source refuses again and again is not asked at every key", async () => {
  const rig = new Rig();
  for (let index = 0; index < 3; index += 1) {
    await rig.clock.pass(100);
    rig.type("x");
    rig.questions.at(-1)?.fail({ kind: "failed", status: 422 });
  }
  await rig.clock.pass(100);
  rig.type("x");
  assert.equal(rig.questions.length, 3);
});
