/** The backend shell: takes submissions, runs them cooperatively, settles them in order. */

import {
  type Allocation,
  type Backend,
  type BackendFactory,
  type BackendInfo,
  type BackendLimits,
  type Completion,
  type DeviceLoss,
  type HostMemory,
  type Pipeline,
  type PipelineRequest,
  type Submission,
  toWickError,
  WickError,
} from '@wick/core';
import { StepFailure } from './commands.js';
import { type Executor, type ExecutorHost, programOrder } from './executor.js';
import { type CpuAllocation, CpuMemory, cpuAllocation } from './memory.js';
import { CPU_CAPABILITIES, CPU_LIMITS, type CpuOptions, checkOptions } from './options.js';
import { preparePipeline } from './pipeline.js';
import { nextTurn } from './turn.js';

/** Longest time in milliseconds that work runs before the event loop gets a turn. */
const SLICE = 8;

/** A submission that has not settled. */
interface Pending {
  readonly serial: number;
  readonly settle: (completion: Completion) => void;
  /** Resolves when its executor has ended. */
  ended: Promise<void>;
  /** How it ended, while submissions before it have not. */
  outcome?: Completion;
}

/** The CPU backend; made by {@link cpu}. */
export class CpuBackend implements Backend {
  readonly info: BackendInfo = {
    name: 'cpu',
    vendor: 'Wick',
    device: 'JavaScript, 1 thread',
    driver: 'reference loops',
  };
  readonly limits: BackendLimits;
  readonly capabilities = CPU_CAPABILITIES;
  readonly lost: Promise<DeviceLoss>;
  readonly hostMemory: HostMemory = {
    read: (allocation, offset, byteLength) => cpuAllocation(allocation).bytes(offset, byteLength).slice(),
  };

  readonly #memory: CpuMemory;
  readonly #executor: Executor;
  readonly #host: ExecutorHost = {
    due: () => this.#destroyed || performance.now() - this.#sliceStart > SLICE,
    pause: () => this.#pause(),
    ended: (serial) => this.#ended(serial),
  };
  /** In serial order. */
  readonly #pending: Pending[] = [];
  #sliceStart = 0;
  #destroyed = false;
  #lose: (loss: DeviceLoss) => void = () => {};

  constructor(options: CpuOptions = {}) {
    checkOptions(options);
    this.limits = { ...CPU_LIMITS, ...options.limits };
    this.#memory = new CpuMemory(options.memoryBytes ?? Number.POSITIVE_INFINITY, options.scrub ?? false);
    this.#executor = options.executor ?? programOrder;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  allocate(byteLength: number): CpuAllocation {
    if (this.#destroyed) throw lostError();
    return this.#memory.allocate(byteLength);
  }

  free(allocation: Allocation): void {
    this.#memory.free(allocation);
  }

  prepare(request: PipelineRequest): Pipeline {
    if (this.#destroyed) throw lostError();
    return preparePipeline(request);
  }

  submit(submission: Submission): Promise<Completion> {
    if (this.#destroyed) return Promise.resolve({ ok: false, error: lostError() });
    const own = { ...submission, params: submission.params.slice() };
    return new Promise((settle) => {
      const pending: Pending = { serial: submission.serial, settle, ended: Promise.resolve() };
      this.#pending.push(pending);
      pending.ended = this.#run(own, pending);
    });
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    for (const { settle } of this.#pending.splice(0)) settle({ ok: false, error: lostError() });
    this.#lose({ reason: 'destroyed', message: 'the device was destroyed' });
  }

  /** Runs a submission to its end; never rejects. */
  async #run(submission: Submission, pending: Pending): Promise<void> {
    try {
      await this.#pause();
      await this.#executor(submission, this.#host);
      pending.outcome = { ok: true };
    } catch (thrown) {
      pending.outcome = failure(thrown, submission);
    }
    while (this.#pending[0]?.outcome !== undefined) {
      const { settle, outcome } = this.#pending[0];
      this.#pending.shift();
      settle(outcome);
    }
  }

  async #pause(): Promise<void> {
    await nextTurn();
    this.#sliceStart = performance.now();
    if (this.#destroyed) throw lostError();
  }

  async #ended(serial: number): Promise<void> {
    await this.#pending.find((pending) => pending.serial === serial)?.ended;
    if (this.#destroyed) throw lostError();
  }
}

/** Opens the CPU backend, which is there in every host. Its `open` rejects `BAD_CONFIG` naming an option. */
export function cpu(options: CpuOptions = {}): BackendFactory {
  return { name: 'cpu', open: async () => new CpuBackend(options) };
}

function lostError(): WickError {
  return new WickError('DEVICE_LOST', 'the device was destroyed');
}

function failure(thrown: unknown, { label }: Submission): Completion {
  if (thrown instanceof StepFailure) return { ok: false, error: thrown.error, step: thrown.step };
  return { ok: false, error: toWickError(thrown, 'SUBMISSION_FAILED', `submission "${label}" failed`) };
}
