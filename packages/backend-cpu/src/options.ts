/** Options of the CPU backend. */

import type { BackendCapabilities, BackendLimits } from '@wick/core';
import type { Executor } from './executor.js';

export interface CpuOptions {
  /** Most bytes that may be allocated at a time; beyond it allocations throw `OUT_OF_MEMORY`. Default: no limit. */
  readonly memoryBytes?: number;
  /** Fill fresh memory with 0xff, which is NaN in both float types, so that tests see a read of it. Default: false. */
  readonly scrub?: boolean;
  /** Limits other than {@link CPU_LIMITS}. */
  readonly limits?: Partial<BackendLimits>;
  /** How the steps of a submission are run; for tests of plans. Default: in program order. */
  readonly executor?: Executor;
}

const GIB = 2 ** 30;

export const CPU_LIMITS: BackendLimits = {
  maxAllocationBytes: 2 * GIB, // what every host's ArrayBuffer can hold
  maxBindingBytes: 2 * GIB,
  maxBindings: 16,
  bindingAlignment: 16,
  transferAlignment: 4,
  paramsAlignment: 16,
  maxCommandsPerSubmission: 256,
  maxBytesPerSubmission: GIB / 4,
  maxWorkPerSubmission: 2e9,
  maxSubmissionsInFlight: 4,
};

/**
 * The CPU ignores barriers and waits, but asks for them, so that plans for it carry what an executor that
 * runs steps out of order needs.
 */
export const CPU_CAPABILITIES: BackendCapabilities = {
  explicitBarriers: true,
  explicitWaits: true,
  transfersInComputePass: ['copy', 'fill', 'upload', 'download'],
  wholeAllocationBindings: false,
  float16: true,
  timestamps: false,
};
