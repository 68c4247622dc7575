/** Options of the Metal backend. */

import { type BackendLimits, WickError } from '@wick/core';

export interface MetalOptions {
  /**
   * Who orders work. `wick` (default): resources are untracked and encoders concurrent, with the barriers
   * and fences that the planner decided. `metal`: Metal tracks every resource, encoders are serial and
   * nothing is planned for them; for comparison.
   */
  readonly hazardTracking?: 'wick' | 'metal';
  /**
   * Where copies, uploads and downloads run. `kernel` (default): inside compute passes, so that one encoder
   * is enough. `blit`: in blit encoders of their own, ordered by fences.
   */
  readonly transfers?: 'kernel' | 'blit';
  /**
   * Where allocations live. Default: `shared` where CPU and GPU have one memory, so that reads need no
   * command, else `private`.
   */
  readonly storage?: 'shared' | 'private';
  /**
   * How products are made. `simdgroup` (default): by `simdgroup_matrix`, where the GPU has it. `plain`:
   * without it, as on GPUs before the family Apple7; for comparison.
   */
  readonly matrices?: 'simdgroup' | 'plain';
  /** Tighter bounds than the device's, or other ones for submissions; see `BackendLimits`. */
  readonly limits?: Partial<BackendLimits>;
}

const WORDS = {
  hazardTracking: ['wick', 'metal'],
  transfers: ['kernel', 'blit'],
  storage: ['shared', 'private'],
  matrices: ['simdgroup', 'plain'],
} as const satisfies Partial<Record<keyof MetalOptions, readonly string[]>>;
const NAMES: readonly string[] = [...Object.keys(WORDS), 'limits'];

/** Options may come from a configuration file. Throws `BAD_CONFIG` naming the option. */
export function checkOptions(options: MetalOptions): void {
  for (const name in options) {
    if (!NAMES.includes(name)) {
      throw new WickError('BAD_CONFIG', `metal: "${name}" is unknown; known are ${NAMES.join(', ')}`);
    }
  }
  for (const [name, words] of Object.entries(WORDS)) {
    const given: unknown = options[name as keyof typeof WORDS];
    if (given === undefined || words.some((word) => word === given)) continue;
    throw new WickError('BAD_CONFIG', `metal: "${name}" must be ${words.join(' or ')}, not ${given}`);
  }
}
