/** Runs cases against one backend, without a test runner. */

import type { BackendFactory, DType } from '@wick/core';
import { CaseFailure } from './assert.js';
import type { BackendFacts, CaseContext, ConformanceCase, NotedError, Seed } from './case.js';
import { type ExclusionLists, reasonFor } from './lists.js';
import { openStack, type Saboteur, type StackedDevice } from './stack.js';

export interface ConformanceOptions extends BackendFactory, ExclusionLists {
  /** How many seeded adversaries a case meets, beside the fixed one. Default: 1. */
  readonly seeds?: number;
  /** The first seed; a sweep on another machine begins elsewhere. Default: 1. */
  readonly firstSeed?: number;
  /** Milliseconds after which a case has failed. Default: 25,000. */
  readonly timeout?: number;
  /** For tests of the suite: what is broken on purpose. */
  readonly saboteur?: Saboteur;
  /** For tests of the suite: whether the strict checker looks on. Default: true. */
  readonly strict?: boolean;
}

export type CaseStatus = 'passed' | 'failed' | 'skipped' | 'failed as expected' | 'passed unexpectedly';

export interface CaseResult {
  readonly name: string;
  readonly group: string;
  /** Where the case is about one kernel and one dtype of it. */
  readonly kernel?: string;
  readonly dtype?: DType;
  readonly status: CaseStatus;
  /** Why it was skipped, or expected to fail. */
  readonly reason?: string;
  readonly error?: unknown;
  readonly milliseconds: number;
  /** What came closest to its tolerance, where the case compares numbers. */
  readonly largestError?: NotedError;
}

/** Whether a result speaks for the backend. */
export function isGood({ status }: CaseResult): boolean {
  return status !== 'failed' && status !== 'passed unexpectedly';
}

/** One backend under test. Cases run one at a time. */
export class Conformance {
  #facts: BackendFacts | undefined;
  #shared: StackedDevice | undefined;

  constructor(private readonly options: ConformanceOptions) {}

  /** Runs one case, or says why not. Rejects only if the backend cannot be opened at all. */
  async run(given: ConformanceCase): Promise<CaseResult> {
    const facts = await this.facts();
    const skip = reasonFor(this.options.unsupported, given) ?? given.inapplicable?.(facts);
    if (skip !== undefined) return { ...subjectOf(given), status: 'skipped', reason: skip, milliseconds: 0 };
    const expected = reasonFor(this.options.expectedFailures, given);
    const begun = performance.now();
    const own: StackedDevice[] = [];
    let largestError: NotedError | undefined;
    const context: CaseContext = {
      backend: facts,
      seeds: this.#seeds(),
      device: async () => (await this.#sharedDevice()).device,
      open: async (stack = {}) => {
        const opened = await openStack(this.options, stack, this.#stackOptions());
        own.push(opened);
        return opened;
      },
      use: async (stack, body) => {
        const opened = await openStack(this.options, stack, this.#stackOptions());
        try {
          const result = await body(opened);
          await opened.checkAll();
          return result;
        } catch (thrown) {
          throw underAdversary(thrown, stack.adversary);
        } finally {
          opened.device.destroy();
        }
      },
      noteError: (noted) => {
        if (Number.isNaN(noted.share)) {
          throw new CaseFailure(`the error of ${noted.got}, which should be ${noted.want}, is no number`);
        }
        if (noted.share > (largestError?.share ?? 0)) largestError = noted;
      },
    };
    const outcome = await this.#attempt(given, context, own);
    const milliseconds = performance.now() - begun;
    const figures = {
      ...subjectOf(given),
      milliseconds,
      ...(largestError === undefined ? {} : { largestError }),
    };
    if (outcome === undefined) {
      return expected === undefined
        ? { ...figures, status: 'passed' }
        : { ...figures, status: 'passed unexpectedly', reason: expected };
    }
    return expected === undefined
      ? { ...figures, status: 'failed', error: outcome.error }
      : { ...figures, status: 'failed as expected', reason: expected, error: outcome.error };
  }

  /** Ends the shared device. */
  async close(): Promise<void> {
    const shared = this.#shared;
    this.#shared = undefined;
    await shared?.device.close();
  }

  /** Runs the case and checks what it leaves behind; returns what went wrong. */
  async #attempt(
    given: ConformanceCase,
    context: CaseContext,
    own: StackedDevice[],
  ): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#inTime(async () => {
        await given.run(context);
        for (const opened of own) await opened.checkAll();
        this.#shared?.checkTraffic();
        if (this.#shared !== undefined && this.#shared.device.stats().buffers.live > 0) {
          throw new CaseFailure('buffers of the shared device were not freed');
        }
      });
      return undefined;
    } catch (error) {
      // What went wrong may have spoilt the shared device for the next case.
      this.#shared?.device.destroy();
      this.#shared = undefined;
      return { error };
    } finally {
      for (const { device } of own) device.destroy();
    }
  }

  async #inTime(work: () => Promise<void>): Promise<void> {
    const { timeout = 25_000 } = this.options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new CaseFailure(`the case took more than ${timeout} ms`)), timeout);
    });
    try {
      await Promise.race([work(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #stackOptions() {
    return { saboteur: this.options.saboteur, strict: this.options.strict ?? true };
  }

  #seeds(): readonly Seed[] {
    const { seeds = 1, firstSeed = 1 } = this.options;
    return ['reverse', ...Array.from({ length: seeds }, (_, i) => firstSeed + i)];
  }

  async #sharedDevice(): Promise<StackedDevice> {
    this.#shared ??= await openStack(this.options, {}, this.#stackOptions());
    return this.#shared;
  }

  /** What the backend says of itself: it is opened once to ask. */
  async facts(): Promise<BackendFacts> {
    if (this.#facts === undefined) {
      const backend = await this.options.open();
      const { info, limits, capabilities } = backend;
      this.#facts = { info, limits, capabilities };
      backend.destroy();
    }
    return this.#facts;
  }
}

function subjectOf({ name, group, kernel, dtype }: ConformanceCase) {
  return {
    name,
    group,
    ...(kernel === undefined ? {} : { kernel }),
    ...(dtype === undefined ? {} : { dtype }),
  };
}

/** Says which adversary has to be there to see the failure again. */
function underAdversary(thrown: unknown, adversary: Seed | undefined): unknown {
  if (adversary === undefined || !(thrown instanceof Error)) return thrown;
  return new CaseFailure(`under adversary ${adversary}: ${thrown.message}`, { cause: thrown });
}
