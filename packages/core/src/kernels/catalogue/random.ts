/**
 * Random numbers from a counter: Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011). Element i comes from
 * block floor(i / 4) + offset, word i mod 4, key (seedLow, seedHigh), the counter's words being
 * (block modulo 2^32, 0, 0, 0): the same bits on every backend, however the work is split.
 */

import { catalogueKernel } from '../contract.js';

export const RANDOM_KINDS = ['bits', 'uniform', 'normal'] as const;
export type RandomKind = (typeof RANDOM_KINDS)[number];

/**
 * bits: the 32-bit words (uint32). uniform: word >> 8, times 2^-24 (float32). normal: a standard normal by
 * inverse distribution function in integer arithmetic over `table` (see random/normal.ts), so that no
 * rounding differs between backends. Grid: [size, 1, 1].
 */
export const random = catalogueKernel({
  name: 'random',
  bindings: {
    table: { access: 'read', dtypes: ['int32'], optional: true },
    out: { access: 'write', dtypes: ['uint32', 'float32'] },
  },
  params: { size: 'u32', seedLow: 'u32', seedHigh: 'u32', offset: 'u32' },
  constants: { kind: RANDOM_KINDS },
});
