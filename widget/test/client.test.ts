/** What goes to a service and what is made of its answers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Service } from "../src/client.js";

interface Sent {
  url: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

/** A connection whose requests all get `response`, and what it sent. */
function connected(service: Service, response = Response.json({ suggestions: [] })) {
  const sent: Sent[] = [];
  globalThis.fetch = async (url, init) => {
    sent.push({
      url: String(url),
      body: JSON.parse(String(init?.body)) as Sent["body"],
      headers: init?.headers as Sent["headers"],
    });
    return response.clone();
  };
  const view = Object.assign(new EventTarget(), { setTimeout, clearTimeout }) as unknown as Window;
  const connection = connect(service, view);
  const ask = (prefix: string) =>
    connection.complete({ prefix, context: { subject: "Plans" }, session: "w-1" }, new AbortController().signal);
  return { connection, view, sent, ask };
}

test("a request says what is known, to the endpoint, with its headers", async () => {
  const { ask, sent } = connected({
    endpoint: "https://mail.example/inkling/",
    headers: () => ({ Authorization: "Bearer key" }),
    user: "dana",
    minConfidence: 0.2,
    eagerness: "calm",
  });
  await ask("Can we");
  assert.equal(sent[0]?.url, "https://mail.example/inkling/v1/suggestions");
  assert.equal(sent[0]?.headers["Authorization"], "Bearer key");
  const { prefix, session_id, context, user_id, min_confidence, interruption_ms } = sent[0].body;
  assert.deepEqual([prefix, session_id, user_id, min_confidence, interruption_ms], ["Can we", "w-1", "dana", 0.2, 600]);
  assert.deepEqual(context, { subject: "Plans" });
});

/** A connection to a service that takes the token "new" alone, and what its `headers` were called with. */
function renewing(renewed: string, service: Service = {}) {
  const calls: boolean[] = [];
  const tokens: string[] = [];
  const headers = async (refused: boolean) => {
    calls.push(refused);
    await Promise.resolve();
    return { Authorization: refused ? renewed : "old" };
  };
  const made = connected({ headers, ...service });
  globalThis.fetch = async (_url, init) => {
    const token = (init?.headers as Sent["headers"])["Authorization"] ?? "";
    tokens.push(token);
    return token === "new" ? Response.json({ suggestions: [] }) : new Response("", { status: 401 });
  };
  return { ...made, calls, tokens };
}

test("headers that come later are waited for, and asked for again when they are refused", async () => {
  const { ask, calls, tokens } = renewing("new");
  assert.deepEqual(await ask("Can we"), { suggestions: [] });
  assert.deepEqual(
    [calls, tokens],
    [
      [false, true],
      ["old", "new"],
    ],
  );
});

test("headers that are refused twice are trouble, not a loop", async () => {
  const { ask, calls } = renewing("old");
  await assert.rejects(async () => ask("Can we"), { kind: "refused", status: 401 });
  assert.deepEqual(calls, [false, true]);
});

test("headers that nothing can renew are refused once", async () => {
  const { ask, tokens } = renewing("new", { headers: { Authorization: "old" } });
  await assert.rejects(async () => ask("Can we"), { kind: "refused" });
  assert.deepEqual(tokens, ["old"]);
});

test("outcomes are told again with renewed headers", async () => {
  const { connection, tokens } = renewing("new");
  connection.tell({ type: "shown", id: "sg_1", characters: 5 });
  connection.close();
  while (tokens.length < 2) await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(tokens, ["old", "new"]);
});

test("headers that cannot be had are trouble", async () => {
  const { ask, sent } = connected({ headers: () => Promise.reject(new Error("logged out")) });
  await assert.rejects(async () => ask("Can we"));
  assert.equal(sent.length, 0);
});

test("a long draft is sent from a place that seldom moves", async () => {
  const { ask, sent } = connected({});
  const words = "word ".repeat(10_000);
  const starts = new Set<number>();
  for (let index = 0; index < 40; index += 1) {
    const draft = words + "x".repeat(index);
    await ask(draft);
    const prefix = String(sent[index]?.body["prefix"]);
    assert.ok(draft.endsWith(prefix) && prefix.length <= 20_000 && prefix.length > 15_000);
    starts.add(draft.length - prefix.length);
  }
  assert.equal(starts.size, 1);
});

test("a newer request took this one's place: nothing is suggested, nothing is wrong", async () => {
  assert.equal(await connected({}, new Response("", { status: 409 })).ask("Can we"), null);
});

for (const [status, headers, kind, pause] of [
  [401, {}, "refused", Infinity],
  [403, {}, "refused", Infinity],
  [429, { "Retry-After": "7" }, "busy", 7_000],
  [503, {}, "busy", 1_000],
  [429, { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" }, "busy", 1_000],
  [422, {}, "failed", 0],
  [500, {}, "failed", 0],
] as const) {
  test(`status ${status} with ${JSON.stringify(headers)} is told as ${kind}`, async () => {
    const { ask } = connected({}, new Response("<b>no</b>", { status, headers }));
    await assert.rejects(async () => ask("Can we"), { kind, status, pause });
  });
}

test("an answer that is not JSON is malformed", async () => {
  const { ask } = connected({}, new Response("not json"));
  await assert.rejects(async () => ask("Can we"), { kind: "malformed", status: 200 });
});

test("outcomes go together, when the page goes at the latest", () => {
  const { connection, view, sent } = connected({ endpoint: "/inkling" });
  connection.tell({ type: "shown", id: "sg_1", characters: 5 });
  connection.tell({ type: "accepted", id: "sg_1", characters: 5 });
  assert.equal(sent.length, 0);
  view.dispatchEvent(new Event("pagehide"));
  assert.equal(sent[0]?.url, "/inkling/v1/events");
  assert.equal((sent[0]?.body["events"] as unknown[]).length, 2);
  connection.close();
  assert.equal(sent.length, 1);
});

test("without telemetry nothing is told", () => {
  const { connection, sent } = connected({ telemetry: false });
  connection.tell({ type: "shown", id: "sg_1", characters: 5 });
  connection.close();
  assert.equal(sent.length, 0);
});
