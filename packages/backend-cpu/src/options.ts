/** Options of the CPU backend. */

import { type BackendCapabilities, type BackendLimits, WickError } from '@wick/core';
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

const isNumber = (value: unknown) => typeof value === 'number' && value >= 0;

/** What each option has to be. */
const RULES = {
  memoryBytes: ['a number of at least 0', isNumber],
  scrub: ['true or false', (value) => typeof value === 'boolean'],
  limits: [
    `numbers by name, of ${Object.keys(CPU_LIMITS).join(', ')}`,
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.entries(value).every(([name, limit]) => Object.hasOwn(CPU_LIMITS, name) && isNumber(limit)),
  ],
  executor: ['a function', (value) => typeof value === 'function'],
} satisfies Record<keyof CpuOptions, readonly [string, (value: unknown) => boolean]>;

/** Options may come from a configuration file. Throws `BAD_CONFIG` naming the option. */
export function checkOptions(options: CpuOptions): void {
  for (const [name, given] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      throw new WickError(
        'BAD_CONFIG',
        `cpu: "${name}" is unknown; known are ${Object.keys(RULES).join(', ')}`,
      );
    }
    const [expected, fits] = RULES[name as keyof CpuOptions];
    if (given !== undefined && !fits(given)) {
      throw new WickError('BAD_CONFIG', `cpu: "${name}" must be ${expected}`);
    }
  }
}
