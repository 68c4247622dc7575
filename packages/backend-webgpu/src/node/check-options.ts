/** Options that may come from a configuration file, which only Node reads. */

import { WickError } from '@wick/core';
import { OPTIONAL_FEATURES, type WebGpuOptions } from '../options.js';

const words = (known: readonly unknown[]) => (given: unknown) =>
  Array.isArray(given) && given.every((word) => known.includes(word));

/** What each option has to be. */
const RULES: Record<keyof WebGpuOptions, readonly [string, (given: unknown) => boolean]> = {
  gpu: ['a GPU', (given) => typeof given === 'object'],
  adapter: ['a GPUAdapter', (given) => typeof given === 'object'],
  powerPreference: [
    'high-performance or low-power',
    (given) => given === 'high-performance' || given === 'low-power',
  ],
  dawnFlags: [
    'a list of texts',
    (given) => Array.isArray(given) && given.every((flag) => typeof flag === 'string'),
  ],
  limits: [
    'numbers by name',
    (given) =>
      typeof given === 'object' && given !== null && Object.values(given).every((n) => typeof n === 'number'),
  ],
  without: [`a list of ${OPTIONAL_FEATURES.join(', ')}`, words(OPTIONAL_FEATURES)],
};

/** Throws `BAD_CONFIG` naming the option. */
export function checkOptions(options: WebGpuOptions): void {
  for (const [name, given] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      const known = Object.keys(RULES).join(', ');
      throw new WickError('BAD_CONFIG', `webgpu: "${name}" is unknown; known are ${known}`);
    }
    const [expected, fits] = RULES[name as keyof WebGpuOptions];
    if (given !== undefined && !fits(given)) {
      throw new WickError('BAD_CONFIG', `webgpu: "${name}" must be ${expected}`);
    }
  }
}
