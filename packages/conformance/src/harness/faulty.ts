/** Fault injection: call number k of a member of the backend fails, in one of the ways it may. */

import {
  type Allocation,
  type Backend,
  type Completion,
  type DeviceLoss,
  type MaybePromise,
  type Pipeline,
  type PipelineRequest,
  type Submission,
  WickError,
} from '@wick/core';
import { BackendWrapper, type Wrap, wrapOpened } from './wrapper.js';

export const FAULTS = [
  /** No memory, at once or later; the call after it may succeed. */
  'allocate throws',
  'allocate rejects',
  'prepare throws',
  'prepare rejects',
  /** The submission does not run and its completion says so. */
  'submission fails',
  'submit throws',
  'host read throws',
  /** The device is gone: nothing that is pending ever settles. */
  'device lost at allocate',
  'device lost at prepare',
  'device lost at submit',
] as const;
export type Fault = (typeof FAULTS)[number];

type Member = 'allocate' | 'prepare' | 'submit' | 'host read';

/** The member whose calls a fault counts. */
export function memberOf(fault: Fault): Member {
  if (fault.includes('allocate')) return 'allocate';
  if (fault.includes('prepare')) return 'prepare';
  return fault === 'host read throws' ? 'host read' : 'submit';
}

/** What goes wrong when; `calls` counts on while the device is used. */
export class FaultPlan {
  readonly calls: Record<Member, number> = { allocate: 0, prepare: 0, submit: 0, 'host read': 0 };
  /** Whether the fault has happened. */
  hit = false;
  #over = false;

  /**
   * @param fault undefined to count only
   * @param call the number, from 1, of the first call that fails
   * @param times how many calls in a row fail, at most
   */
  constructor(
    readonly fault: Fault | undefined = undefined,
    readonly call = 1,
    readonly times = 1,
  ) {}

  /** From now on all is well. */
  end(): void {
    this.#over = true;
  }

  /** Counts a call and says how it fails, if it does. */
  next(member: Member): Fault | undefined {
    const number = ++this.calls[member];
    if (this.#over || this.fault === undefined || memberOf(this.fault) !== member) return undefined;
    if (number < this.call || number >= this.call + this.times) return undefined;
    this.hit = true;
    return this.fault;
  }
}

/** Wraps a backend whose calls fail as `plan` says. */
export function faulty(plan: FaultPlan): Wrap {
  return wrapOpened((backend) => new FaultyBackend(backend, plan));
}

class FaultyBackend extends BackendWrapper {
  override readonly lost: Promise<DeviceLoss>;
  readonly #plan: FaultPlan;
  #lose: (loss: DeviceLoss) => void = () => {};
  #gone = false;
  /** A failed completion waits for those before it. */
  #settled: Promise<unknown> = Promise.resolve();

  constructor(inner: Backend, plan: FaultPlan) {
    super(inner);
    this.#plan = plan;
    const lost = new Promise<DeviceLoss>((resolve) => {
      this.#lose = resolve;
    });
    this.lost = Promise.race([lost, inner.lost]);
    const { hostMemory } = inner;
    if (hostMemory === undefined) return;
    this.hostMemory = {
      read: (allocation, offset, byteLength) => {
        if (plan.next('host read') !== undefined) throw injected('SUBMISSION_FAILED');
        return hostMemory.read(allocation, offset, byteLength);
      },
    };
  }

  override allocate(byteLength: number): MaybePromise<Allocation> {
    switch (this.#plan.next('allocate')) {
      case 'allocate throws':
        throw injected('OUT_OF_MEMORY');
      case 'allocate rejects':
        return Promise.reject(injected('OUT_OF_MEMORY'));
      case 'device lost at allocate':
        return this.#vanish();
      default:
        return this.#gone ? never() : this.inner.allocate(byteLength);
    }
  }

  override prepare(request: PipelineRequest): MaybePromise<Pipeline> {
    switch (this.#plan.next('prepare')) {
      case 'prepare throws':
        throw injected('KERNEL_COMPILE_FAILED');
      case 'prepare rejects':
        return Promise.reject(injected('KERNEL_COMPILE_FAILED'));
      case 'device lost at prepare':
        return this.#vanish();
      default:
        return this.#gone ? never() : this.inner.prepare(request);
    }
  }

  override submit(submission: Submission): Promise<Completion> {
    switch (this.#plan.next('submit')) {
      case 'submission fails': {
        const step = submission.steps.findIndex(({ op }) => op !== 'beginPass');
        const failed: Completion = { ok: false, error: injected('SUBMISSION_FAILED'), step };
        const completion = this.#settled.then(() => failed);
        this.#settled = completion;
        return completion;
      }
      case 'submit throws':
        throw injected('SUBMISSION_FAILED');
      case 'device lost at submit':
        return this.#vanish();
      default: {
        if (this.#gone) return never();
        const before = this.#settled;
        const completion = this.inner.submit(submission).then(async (result) => {
          await before;
          return this.#gone ? never<Completion>() : result;
        });
        this.#settled = completion;
        return completion;
      }
    }
  }

  #vanish<T>(): Promise<T> {
    this.#gone = true;
    this.#lose({ reason: 'lost', message: 'injected' });
    return never();
  }
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

function injected(code: 'OUT_OF_MEMORY' | 'KERNEL_COMPILE_FAILED' | 'SUBMISSION_FAILED'): WickError {
  return new WickError(code, 'injected');
}
