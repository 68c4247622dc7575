/**
 * The null backend: it keeps the whole contract and executes nothing. It is the template to start a
 * backend from (replace what each member does, keep what it promises), and what the scheduler's own cost
 * is measured on. Reads give zeros, or NaN where `garbage` is set.
 */

import {
  type Allocation,
  type Backend,
  type BackendCapabilities,
  type BackendFactory,
  type BackendLimits,
  type Completion,
  type DeviceLoss,
  type Pipeline,
  type PipelineRequest,
  type Submission,
  WickError,
} from '@wick/core';

export interface NullOptions {
  /** Limits other than {@link NULL_LIMITS}. */
  readonly limits?: Partial<BackendLimits>;
  /** Capabilities other than {@link NULL_CAPABILITIES}. */
  readonly capabilities?: Partial<BackendCapabilities>;
  /** Whether reads give bytes 0xff, which is NaN in both float types, in place of zeros. Default: false. */
  readonly garbage?: boolean;
}

/** How often each member was called, over all backends that one factory opened. */
export interface NullCalls {
  allocate: number;
  free: number;
  prepare: number;
  submit: number;
  destroy: number;
}

export interface NullBackendFactory extends BackendFactory {
  readonly calls: Readonly<NullCalls>;
}

const GIB = 2 ** 30;

export const NULL_LIMITS: BackendLimits = {
  maxAllocationBytes: 4 * GIB,
  maxBindingBytes: 4 * GIB,
  maxBindings: 16,
  bindingAlignment: 16,
  transferAlignment: 4,
  paramsAlignment: 16,
  maxCommandsPerSubmission: 256,
  maxBytesPerSubmission: GIB,
  maxWorkPerSubmission: 1e12,
  maxSubmissionsInFlight: 4,
};

/** The most that a planner can be asked for: barriers and waits, every transfer inside a compute pass. */
export const NULL_CAPABILITIES: BackendCapabilities = {
  explicitBarriers: true,
  explicitWaits: true,
  transfersInComputePass: ['copy', 'fill', 'upload', 'download'],
  wholeAllocationBindings: false,
  float16: true,
  timestamps: false,
};

/** A factory of null backends. */
export function nullBackend(options: NullOptions = {}): NullBackendFactory {
  const calls: NullCalls = { allocate: 0, free: 0, prepare: 0, submit: 0, destroy: 0 };
  return { name: 'null', calls, open: async () => new NullBackend(options, calls) };
}

class NullBackend implements Backend {
  readonly info = { name: 'null', vendor: 'Wick', device: 'none', driver: 'none' };
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  readonly lost: Promise<DeviceLoss>;
  // No `hostMemory`: there is none. Reads so become download steps.

  readonly #garbage: boolean;
  readonly #calls: NullCalls;
  /** Resolves when the latest submission has settled: completions stay in serial order. */
  #settled: Promise<unknown> = Promise.resolve();
  #destroyed = false;
  #lose: (loss: DeviceLoss) => void = () => {};

  constructor(options: NullOptions, calls: NullCalls) {
    this.limits = { ...NULL_LIMITS, ...options.limits };
    this.capabilities = { ...NULL_CAPABILITIES, ...options.capabilities };
    this.#garbage = options.garbage ?? false;
    this.#calls = calls;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** A real backend makes memory here, throws `OUT_OF_MEMORY`, and may answer with a promise. */
  allocate(byteLength: number): Allocation {
    this.#calls.allocate++;
    if (this.#destroyed) throw lostError();
    return { byteLength };
  }

  free(): void {
    this.#calls.free++;
  }

  /** A real backend compiles here, and throws `KERNEL_UNSUPPORTED` or `KERNEL_COMPILE_FAILED`. */
  prepare(request: PipelineRequest): Pipeline {
    this.#calls.prepare++;
    if (this.#destroyed) throw lostError();
    return { label: request.key };
  }

  /**
   * A real backend encodes `submission.steps` in one walk and commits one command buffer before it
   * returns; `params` has to be copied by then. It settles when the platform says so, and never rejects.
   */
  submit(submission: Submission): Promise<Completion> {
    this.#calls.submit++;
    const completion = this.#settled.then((): Completion => {
      if (this.#destroyed) return { ok: false, error: lostError() };
      if (this.#garbage) for (const download of submission.downloads) download.fill(0xff);
      return { ok: true };
    });
    this.#settled = completion;
    return completion;
  }

  destroy(): void {
    this.#calls.destroy++;
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#lose({ reason: 'destroyed', message: 'the device was destroyed' });
  }
}

function lostError(): WickError {
  return new WickError('DEVICE_LOST', 'the device was destroyed');
}
