/** When temporaries are alive, and how many bytes of them at once. */

import type { Command, Resource } from '../recording/commands.js';

/** A temporary's life, in whatever unit `time` counts (positions of an order, or epochs). */
export interface Lifetime {
  readonly resource: number;
  readonly byteLength: number;
  /** First and last moment of use, both inclusive. */
  readonly first: number;
  readonly last: number;
}

/** 0, 1, 2, ...: program order, or positions as moments. */
export function ascending(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 1; i < count; i++) numbers[i] = i;
  return numbers;
}

/**
 * Lifetimes of the temporaries in use, by first use. `time[p]` is the moment of the command at position p
 * of the order; it must not descend.
 */
export function findLifetimes(
  commands: readonly Command[],
  resources: readonly Resource[],
  order: Int32Array,
  time: Int32Array,
): Lifetime[] {
  const slot = new Int32Array(resources.length).fill(-1);
  const lifetimes: { resource: number; byteLength: number; first: number; last: number }[] = [];
  for (let position = 0; position < order.length; position++) {
    for (const use of commands[order[position]].uses) {
      if (!resources[use.resource].temporary) continue;
      const known = slot[use.resource];
      if (known >= 0) {
        lifetimes[known].last = time[position];
      } else {
        slot[use.resource] = lifetimes.length;
        const { byteLength } = resources[use.resource];
        lifetimes.push({ resource: use.resource, byteLength, first: time[position], last: time[position] });
      }
    }
  }
  return lifetimes;
}

/** Bytes alive at each moment, each temporary rounded up to `alignment`. */
export function liveBytes(lifetimes: readonly Lifetime[], alignment: number, moments: number): Float64Array {
  const live = new Float64Array(moments + 1);
  for (const life of lifetimes) {
    const bytes = Math.ceil(life.byteLength / alignment) * alignment;
    live[life.first] += bytes;
    live[life.last + 1] -= bytes;
  }
  for (let moment = 1; moment <= moments; moment++) live[moment] += live[moment - 1];
  return live.subarray(0, moments);
}

/** The most bytes alive at one moment, each temporary rounded up to `alignment`. */
export function largestLiveSet(lifetimes: readonly Lifetime[], alignment: number): number {
  let end = 0;
  for (const life of lifetimes) end = Math.max(end, life.last + 1);
  return liveBytes(lifetimes, alignment, end).reduce((peak, live) => Math.max(peak, live), 0);
}
