/** Lifetimes as objects, which tests are easier to read with, and as the columns that the planner has. */

import type { Lifetimes } from '../../src/planning/liveness.js';

export interface Lifetime {
  readonly resource: number;
  readonly byteLength: number;
  readonly first: number;
  readonly last: number;
}

export function asColumns(lives: readonly Lifetime[]): Lifetimes {
  return {
    count: lives.length,
    resource: Int32Array.from(lives, ({ resource }) => resource),
    byteLength: Float64Array.from(lives, ({ byteLength }) => byteLength),
    first: Int32Array.from(lives, ({ first }) => first),
    last: Int32Array.from(lives, ({ last }) => last),
  };
}

export function asObjects({ count, resource, byteLength, first, last }: Lifetimes): Lifetime[] {
  return Array.from({ length: count }, (_, i) => ({
    resource: resource[i],
    byteLength: byteLength[i],
    first: first[i],
    last: last[i],
  }));
}
