/** What a writer has chosen for themselves, kept in the browser: by the page's origin and by person. */

import type { Connection, Eagerness } from "./client.js";

/** For how long nothing is suggested. */
export type Pause = "draft" | "hour" | "until-resumed";

/** What the page lets its writers choose. */
export interface Bounds {
  /** The eagerness that they may choose; all when missing. */
  eagerness?: readonly Eagerness[];
  /** Whether they may pause suggestions; true when missing. */
  pause?: boolean;
}

interface Kept {
  pause?: Pause | undefined;
  /** When the pause ends, in milliseconds since 1970. */
  until?: number;
  eagerness?: Eagerness | undefined;
  /** Phrases that are banned in this browser. */
  banned?: string[];
}

const HOUR_MS = 3_600_000;
const FOREVER = 9e15;

export class Wishes {
  /** What is kept where the browser keeps nothing. */
  private _own: Kept = {};
  private _draft = false;
  /** Phrases that the service keeps, as far as this page knows. */
  private _served: readonly string[] = [];
  private _work: Promise<string[]> = Promise.resolve([]);

  /** `_given` has the page's bounds, and who writes; `_service` is where phrases of theirs are kept. */
  constructor(
    private readonly _view: Window,
    private readonly _given: () => { bounds?: Bounds; user?: string },
    private readonly _service: () => Promise<Connection> | undefined,
  ) {}

  get _paused(): Pause | null {
    if (this._given().bounds?.pause === false) return null;
    const { until = 0, pause = null } = this._kept();
    if (this._draft) return "draft";
    return until > Date.now() ? pause : null;
  }

  /** Pause, or not any more; false if the page does not allow it. */
  _pause(pause?: Pause): boolean {
    if (this._given().bounds?.pause === false) return false;
    const until = pause === "hour" ? Date.now() + HOUR_MS : FOREVER;
    this._draft = pause === "draft";
    if (!this._draft) this._keep({ pause, until });
    return true;
  }

  get _eagerness(): Eagerness | undefined {
    const { eagerness } = this._kept();
    const allowed = this._given().bounds?.eagerness;
    return !allowed || allowed.includes(eagerness as Eagerness) ? eagerness : undefined;
  }

  set _eagerness(eagerness: Eagerness | undefined) {
    this._keep({ eagerness });
  }

  /** Every phrase that is banned, as far as this page knows. */
  _phrases(): string[] {
    return [...new Set([...this._served, ...(this._kept().banned ?? [])])];
  }

  /** Every phrase that is banned, after one was added or taken away. What the service keeps is read anew. */
  _list(phrase?: string, isNew?: boolean): Promise<string[]> {
    const change = (phrases: readonly string[]): string[] =>
      phrases.filter((one) => one !== phrase).concat(isNew ? (phrase as string) : []);
    this._served = change(this._served);
    // Whoever writes now, and one after the other: the last answer is the newest.
    const service = this._given().user ? this._service() : undefined;
    this._work = this._work.then(async () => {
      const served = await service?.then((one) => one.phrases(phrase, isNew)).catch(() => undefined);
      this._served = served ?? this._served;
      if (phrase && !(served && isNew)) this._keep({ banned: change(this._kept().banned ?? []) });
      return this._phrases();
    });
    return this._work;
  }

  private _name(): string {
    return `inkling:${this._given().user ?? ""}`;
  }

  private _kept(): Kept {
    try {
      return { ...(JSON.parse(this._view.localStorage.getItem(this._name()) as string) as Kept) };
    } catch {
      return this._own;
    }
  }

  private _keep(change: Kept): void {
    this._own = { ...this._kept(), ...change };
    try {
      this._view.localStorage.setItem(this._name(), JSON.stringify(this._own));
    } catch {
      // It is kept until the page is left.
    }
  }
}
