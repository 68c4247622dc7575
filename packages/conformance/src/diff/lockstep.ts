/**
 * A backend that is two: every submission runs on both, and what its commands write is compared. The core
 * plans for what both can do, so both run the same plan; it is handed what the first one computed. After
 * each comparison the second one's memory is brought into line with the first one's, so a difference
 * belongs to the command that made it, and not to what came before.
 */

import {
  type Allocation,
  type Backend,
  type BackendFactory,
  type BackendInfo,
  type Completion,
  type DeviceLoss,
  type Pipeline,
  type PipelineRequest,
  type Submission,
  toWickError,
  WickError,
} from '@wick/core';
import { Comparer } from './comparer.js';
import type { DiffOptions, DiffOutcome } from './difference.js';
import { mergedCapabilities, mergedLimits } from './merge.js';
import { PairAllocation, PairPipeline } from './pairs.js';

/** A backend of two, and what it has found so far. */
export interface Lockstep extends BackendFactory {
  readonly outcome: DiffOutcome;
}

/**
 * Runs whatever a device does on two backends at once. At the first command whose output differs the work
 * fails with `SUBMISSION_FAILED`, and `outcome.difference` says which.
 *
 * @param first its results count as right, and are what the device reads
 */
export function lockstep(first: BackendFactory, second: BackendFactory, options: DiffOptions = {}): Lockstep {
  const outcome: DiffOutcome = { commands: 0, submissions: 0, difference: undefined, largest: undefined };
  return {
    name: `${first.name}, ${second.name}`,
    outcome,
    async open() {
      const a = await first.open();
      try {
        return new LockstepBackend(a, await second.open(), options, outcome);
      } catch (thrown) {
        a.destroy();
        throw thrown;
      }
    },
  };
}

class LockstepBackend implements Backend {
  readonly info: BackendInfo;
  readonly limits;
  readonly capabilities;
  readonly lost: Promise<DeviceLoss>;
  readonly specialize?: NonNullable<Backend['specialize']>;
  readonly #comparer: Comparer;
  /** Submissions run one after the other. */
  #settled: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(
    private readonly first: Backend,
    private readonly second: Backend,
    options: DiffOptions,
    outcome: DiffOutcome,
  ) {
    const both = (of: (info: BackendInfo) => string) => `${of(first.info)} beside ${of(second.info)}`;
    this.info = {
      name: both(({ name }) => name),
      vendor: both(({ vendor }) => vendor),
      device: both(({ device }) => device),
      driver: both(({ driver }) => driver),
    };
    this.limits = mergedLimits(first.limits, second.limits);
    this.capabilities = mergedCapabilities(first.capabilities, second.capabilities);
    this.lost = Promise.race([first.lost, second.lost]);
    this.#comparer = new Comparer(first, second, options, outcome);
    if (first.specialize === undefined && second.specialize === undefined) return;
    this.specialize = (...call) =>
      JSON.stringify([first.specialize?.(...call) ?? null, second.specialize?.(...call) ?? null]);
  }

  async allocate(byteLength: number): Promise<Allocation> {
    const a = await this.first.allocate(byteLength);
    try {
      return new PairAllocation(a, await this.second.allocate(byteLength));
    } catch (thrown) {
      this.first.free(a);
      throw thrown;
    }
  }

  free(allocation: Allocation): void {
    if (!(allocation instanceof PairAllocation)) return;
    this.first.free(allocation.first);
    this.second.free(allocation.second);
  }

  async prepare(request: PipelineRequest): Promise<Pipeline> {
    const { specialization } = request;
    const [a, b]: (string | null)[] =
      specialization === undefined ? [null, null] : JSON.parse(specialization);
    const [first, second] = await Promise.all([
      this.first.prepare({ ...request, specialization: a ?? undefined }),
      this.second.prepare({ ...request, specialization: b ?? undefined }),
    ]);
    return new PairPipeline(first, second, request);
  }

  submit(submission: Submission): Promise<Completion> {
    const own = { ...submission, params: submission.params.slice() };
    const completion = this.#settled.then(() => this.#run(own));
    this.#settled = completion;
    return completion;
  }

  destroy(): void {
    this.#destroyed = true;
    this.first.destroy();
    this.second.destroy();
  }

  async #run(submission: Submission): Promise<Completion> {
    try {
      if (this.#destroyed) throw new WickError('DEVICE_LOST', 'the device was destroyed');
      await this.#comparer.run(submission);
      return { ok: true };
    } catch (thrown) {
      return { ok: false, error: toWickError(thrown, 'SUBMISSION_FAILED', 'the comparison failed') };
    }
  }
}
