/** Submissions that the backend has and has not completed; their completions, in serial order. */

import type { Completion } from '../backend.js';
import type { WickError } from '../errors.js';
import type { EncodedSubmission } from '../planning/encode.js';
import type { Task } from './task.js';

export interface SubmissionInFlight {
  readonly serial: number;
  readonly task: Task;
  readonly part: EncodedSubmission;
  readonly downloads: readonly Uint8Array[];
  /** `performance.now()` at the submission. */
  readonly begun: number;
  /** Set when an earlier submission failed: what this one writes is not to be trusted. */
  cause: WickError | undefined;
}

interface Entry {
  readonly flight: SubmissionInFlight;
  readonly handle: (result: Completion) => void;
  result: Completion | undefined;
}

export class InFlight {
  #entries: Entry[] = [];
  #waiters: { readonly ready: () => boolean; readonly resolve: () => void }[] = [];
  #completedSerial = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** Everything up to this serial has completed. */
  get completedSerial(): number {
    return this.#completedSerial;
  }

  /** Notes a submission; `handle` is called with its result after those of all earlier ones. */
  add(flight: SubmissionInFlight, result: Promise<Completion>, handle: (result: Completion) => void): void {
    const entry: Entry = { flight, handle, result: undefined };
    this.#entries.push(entry);
    void result.then((completion) => {
      entry.result = completion;
      this.#advance();
    });
  }

  /** Submissions that have not completed, oldest first. */
  pending(): readonly SubmissionInFlight[] {
    return this.#entries.map((entry) => entry.flight);
  }

  /** Forgets all of them, for a lost device; their results will be ignored. */
  abandon(): readonly SubmissionInFlight[] {
    const flights = this.pending();
    const last = flights.at(-1);
    this.#entries = [];
    if (last !== undefined) this.#completedSerial = last.serial;
    this.#wake();
    return flights;
  }

  /** Resolves when `serial` has completed, well or badly. */
  completed(serial: number): Promise<void> {
    return this.#when(() => this.#completedSerial >= serial);
  }

  /** Resolves when fewer than `count` are in flight. */
  below(count: number): Promise<void> {
    return this.#when(() => this.#entries.length < count);
  }

  drained(): Promise<void> {
    return this.below(1);
  }

  #when(ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ ready, resolve }));
  }

  #advance(): void {
    while (this.#entries[0]?.result !== undefined) {
      const { flight, handle, result } = this.#entries[0];
      this.#entries.shift();
      this.#completedSerial = flight.serial;
      handle(result);
    }
    this.#wake();
  }

  #wake(): void {
    const woken = this.#waiters.filter((waiter) => waiter.ready());
    if (woken.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !woken.includes(waiter));
    for (const { resolve } of woken) resolve();
  }
}
