/** A backend that does nothing: what is measured on it is the cost of Wick, or of whoever else drives it. */

import type {
  Allocation,
  Backend,
  BackendCapabilities,
  BackendFactory,
  BackendLimits,
  Completion,
  DeviceLoss,
  Pipeline,
  PipelineRequest,
  Submission,
} from '@wick/core';

const GIB = 2 ** 30;

/** Bounds as a discrete graphics card would have them: a submission of tens of milliseconds at most. */
export const NULL_LIMITS: BackendLimits = {
  maxAllocationBytes: 4 * GIB,
  maxBindingBytes: 4 * GIB,
  maxBindings: 16,
  bindingAlignment: 256,
  transferAlignment: 4,
  paramsAlignment: 16,
  maxCommandsPerSubmission: 256,
  maxBytesPerSubmission: 2 * GIB,
  maxWorkPerSubmission: 1e11,
  maxSubmissionsInFlight: 8,
};

/** The planner has everything to decide: barriers, waits between passes, transfer passes. */
export const NULL_CAPABILITIES: BackendCapabilities = {
  explicitBarriers: true,
  explicitWaits: true,
  transfersInComputePass: [],
  wholeAllocationBindings: false,
  float16: true,
  timestamps: false,
};

const DONE: Promise<Completion> = Promise.resolve({ ok: true });

export class NullBackend implements Backend {
  readonly info = { name: 'null', vendor: 'Wick', device: 'none', driver: 'none' };
  readonly limits = NULL_LIMITS;
  readonly capabilities = NULL_CAPABILITIES;
  readonly lost: Promise<DeviceLoss>;
  #lose: (loss: DeviceLoss) => void = () => {};

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  allocate(byteLength: number): Allocation {
    return { byteLength };
  }

  free(): void {}

  prepare(request: PipelineRequest): Pipeline {
    return { label: request.key };
  }

  /** Downloads stay zero. */
  submit(_submission: Submission): Promise<Completion> {
    return DONE;
  }

  destroy(): void {
    this.#lose({ reason: 'destroyed', message: 'the device was destroyed' });
  }
}

export const nullBackend: BackendFactory = { name: 'null', open: async () => new NullBackend() };
