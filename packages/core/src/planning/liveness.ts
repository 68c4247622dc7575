/** When temporaries are alive, and how many bytes of them at once. */

import type { Resource } from '../recording/commands.js';
import type { CommandTable } from './command-table.js';

/** Lives of temporaries by first use, as columns; moments are positions of an order, or epochs. */
export interface Lifetimes {
  readonly count: number;
  readonly resource: Int32Array;
  readonly byteLength: Float64Array;
  /** First and last moment of use, both inclusive. */
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** 0, 1, 2, ...: program order, or positions as moments. */
export function ascending(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 1; i < count; i++) numbers[i] = i;
  return numbers;
}

/** Lifetimes of the temporaries in use, in positions of `order`. */
export function findLifetimes(
  { firstUse, resource }: CommandTable,
  resources: readonly Resource[],
  order: Int32Array,
): Lifetimes {
  // Temporaries that no command uses leave room at the end of the columns.
  const slot = new Int32Array(resources.length);
  let most = 0;
  for (let i = 0; i < resources.length; i++) {
    slot[i] = resources[i].temporary ? UNUSED : NO_TEMPORARY;
    if (resources[i].temporary) most++;
  }
  const ofResource = new Int32Array(most);
  const byteLength = new Float64Array(most);
  const first = new Int32Array(most);
  const last = new Int32Array(most);
  let count = 0;
  for (let position = 0; position < order.length; position++) {
    const command = order[position];
    for (let u = firstUse[command]; u < firstUse[command + 1]; u++) {
      const used = resource[u];
      const known = slot[used];
      if (known >= 0) {
        last[known] = position;
      } else if (known === UNUSED) {
        slot[used] = count;
        ofResource[count] = used;
        byteLength[count] = resources[used].byteLength;
        first[count] = position;
        last[count] = position;
        count++;
      }
    }
  }
  return { count, resource: ofResource, byteLength, first, last };
}

const UNUSED = -1;
const NO_TEMPORARY = -2;

/** The same lives, in other moments: position p of the order is moment `time[p]`, which must not descend. */
export function inMoments(
  { count, resource, byteLength, first, last }: Lifetimes,
  time: Int32Array,
): Lifetimes {
  const moments = (positions: Int32Array) => {
    const moved = new Int32Array(count);
    for (let i = 0; i < count; i++) moved[i] = time[positions[i]];
    return moved;
  };
  return { count, resource, byteLength, first: moments(first), last: moments(last) };
}

/** Bytes of each temporary, rounded up to `alignment`. */
export function alignedSizes({ count, byteLength }: Lifetimes, alignment: number): Float64Array {
  const sizes = new Float64Array(count);
  for (let i = 0; i < count; i++) sizes[i] = Math.ceil(byteLength[i] / alignment) * alignment;
  return sizes;
}

/** Bytes alive at each moment below `moments`, with the sizes that the temporaries have in memory. */
export function liveBytes(
  { count, first, last }: Lifetimes,
  sizes: Float64Array,
  moments: number,
): Float64Array {
  const live = new Float64Array(moments + 1);
  for (let i = 0; i < count; i++) {
    live[first[i]] += sizes[i];
    live[last[i] + 1] -= sizes[i];
  }
  for (let moment = 1; moment <= moments; moment++) live[moment] += live[moment - 1];
  return live.subarray(0, moments);
}

/** The most bytes alive at one moment. */
export function largestLiveSet(lifetimes: Lifetimes, sizes: Float64Array): number {
  const live = liveBytes(lifetimes, sizes, endOf(lifetimes));
  let peak = 0;
  for (let moment = 0; moment < live.length; moment++) if (live[moment] > peak) peak = live[moment];
  return peak;
}

/** The moment after the last one of use. */
export function endOf({ count, last }: Lifetimes): number {
  let end = 0;
  for (let i = 0; i < count; i++) if (last[i] >= end) end = last[i] + 1;
  return end;
}
