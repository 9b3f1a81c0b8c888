/** A composer over a made-up editor, a scripted source and a clock that only tests move. */

import type { Clock } from "../src/engine/clock.js";
import { Composer } from "../src/engine/composer.js";
import type { ComposerOptions, Surface } from "../src/engine/contract.js";
import type { Answer, CompletionRequest, Context, Draft, Outcome, Shown, Trouble } from "../src/engine/types.js";

export class FakeClock implements Clock {
  private time = 1000;
  private frames: Array<() => void> = [];
  private timers: Array<{ at: number; run: () => void }> = [];

  _now(): number {
    return this.time;
  }

  _later(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.time + milliseconds, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Let time pass, and whatever promises it settles. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    await settle();
    for (;;) {
      const due = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((other) => other !== due);
      this.time = Math.max(this.time, due.at);
      due.run();
      await settle();
    }
    this.time = end;
  }

  _frame(run: () => void): void {
    this.frames.push(run);
  }

  /** The browser paints. */
  paint(): void {
    for (const run of this.frames.splice(0)) run();
  }

  get pending(): number {
    return this.timers.length;
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** One question that the composer asked. */
export interface Question {
  request: CompletionRequest;
  signal: AbortSignal;
  closed: boolean;
  answer(text: string | Answer | null): void;
  fail(error: unknown): void;
}

export class Rig implements Surface {
  readonly clock = new FakeClock();
  readonly questions: Question[] = [];
  readonly outcomes: Outcome[] = [];
  readonly troubles: Array<Trouble | null> = [];
  readonly announcements: string[] = [];
  readonly painted: Array<string | null> = [];
  mark = "";
  below = false;
  banned: string[] = [];
  shown: Shown | null = null;
  draft: Draft | null = { before: "", after: "" };
  context: Context = {};
  room: number | undefined = undefined;
  refuses = false;
  /** Called when there is no suggestion any more. */
  ended: (() => void) | null = null;
  readonly composer: Composer;
  private options: ComposerOptions;

  constructor(options: Partial<ComposerOptions> = {}) {
    this.options = {
      complete: (request, signal) =>
        new Promise((resolve, reject) => {
          const question: Question = {
            request,
            signal,
            closed: false,
            answer(text) {
              question.closed = true;
              resolve(text);
            },
            fail(error) {
              question.closed = true;
              reject(error);
            },
          };
          this.questions.push(question);
        }),
      session: "s",
      context: () => this.context,
      schedule: "auto",
      when: () => true,
      minVisibleMs: 80,
      edits: false,
      marks: false,
      middle: false,
      banned: () => this.banned,
      ...options,
    };
    this.composer = new Composer(this, this.clock, (name, detail) => {
      if (name === "suggestion") this.shown = detail as Shown | null;
      if (name === "suggestion" && detail === null) this.ended?.();
      else if (name === "announce") this.announcements.push((detail as { text: string } | null)?.text ?? "");
      else if (name === "outcome") this.outcomes.push(detail as Outcome);
      else if (name === "trouble") this.troubles.push(detail as Trouble | null);
    });
    this.composer._configure(this.options);
  }

  change(options: Partial<ComposerOptions>): void {
    this.options = { ...this.options, ...options };
    this.composer._configure(this.options);
  }

  read(): Draft | null {
    return this.draft;
  }

  render(text: string | null, mark: string | undefined, below: boolean | undefined): number | void {
    this.painted.push(text);
    this.below = !!below;
    this.mark = mark ?? "";
    return text === null ? undefined : this.room;
  }

  insert(text: string, replace: number): void {
    if (this.refuses) return;
    const before = this.draft?.before ?? "";
    this.draft = { after: "", ...this.draft, before: before.slice(0, before.length - replace) };
    this.type(text);
  }

  get ghost(): string | null {
    return this.painted[this.painted.length - 1] ?? null;
  }

  get asked(): string[] {
    return this.questions.map((question) => question.request.prefix);
  }

  /** The questions that nobody answered or called off. */
  get open(): Question[] {
    return this.questions.filter((question) => !question.closed && !question.signal.aborted);
  }

  type(text: string): void {
    const before = this.draft?.before ?? "";
    this.draft = { after: "", ...this.draft, before: before + text };
    this.composer.typed();
  }

  /** The newest question is answered, and the answer painted. */
  async answer(text: string | Answer | null, question = this.questions[this.questions.length - 1]): Promise<void> {
    question?.answer(text);
    await this.clock.pass(0);
    this.clock.paint();
  }

  /** Type `text` and show `suggestion` behind it, long enough to be taken. */
  async show(text: string, suggestion: string): Promise<void> {
    await this.clock.pass(1000);
    this.type(text);
    await this.answer({ id: `sg_${this.questions.length}`, suggestions: [{ text: suggestion, confidence: 0.5 }] });
    await this.clock.pass(100);
  }
}
