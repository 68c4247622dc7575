/**
 * Placement: where each temporary lives inside a few arenas, so that temporaries that are never alive
 * together share bytes. Lifetimes are known, so this is offline packing: first a linear sweep with a
 * best-fit free list; where that misses the largest live set by more than a twentieth and the plan is
 * small enough, greedy packing by size (Pisarchyk and Lee 2020, "Efficient memory management for deep
 * neural net inference"), and the better of the two is kept.
 */

import { type Command, READ, WRITE } from '../recording/commands.js';
import { type Lifetime, largestLiveSet } from './liveness.js';

export interface Placement {
  /** For each lifetime: the arena (lane) and the byte offset in it. */
  readonly lane: Int32Array;
  readonly offset: Float64Array;
  /** Bytes of each lane. */
  readonly laneBytes: readonly number[];
}

/** Above this many temporaries the quadratic packing is not tried. */
const GREEDY_LIMIT = 2048;

/**
 * Packs `lifetimes` (by ascending `first`) into lanes. `laneOf[i]` is the lane of lifetime i. Two
 * lifetimes of a lane whose moments overlap never share a byte; offsets are multiples of `alignment`.
 */
export function placeTemporaries(
  lifetimes: readonly Lifetime[],
  laneOf: Int32Array,
  laneCount: number,
  alignment: number,
): Placement {
  const offset = new Float64Array(lifetimes.length);
  const laneBytes: number[] = [];
  for (let lane = 0; lane < laneCount; lane++) {
    const members: number[] = [];
    for (let i = 0; i < lifetimes.length; i++) if (laneOf[i] === lane) members.push(i);
    const lives = members.map((i) => lifetimes[i]);
    const sizes = lives.map((life) => Math.ceil(life.byteLength / alignment) * alignment);
    let best = packSweep(lives, sizes);
    if (members.length <= GREEDY_LIMIT && best.bytes > 1.05 * largestLiveSet(lives, alignment)) {
      const greedy = packBySize(lives, sizes);
      if (greedy.bytes < best.bytes) best = greedy;
    }
    for (let m = 0; m < members.length; m++) offset[members[m]] = best.offsets[m];
    laneBytes.push(best.bytes);
  }
  return { lane: laneOf, offset, laneBytes };
}

interface Packing {
  readonly offsets: Float64Array;
  readonly bytes: number;
}

/** Sweep over time with a best-fit free list: linear in the number of temporaries but for the list. */
function packSweep(lives: readonly Lifetime[], sizes: readonly number[]): Packing {
  const offsets = new Float64Array(lives.length);
  const byEnd = lives.map((_, i) => i).sort((a, b) => lives[a].last - lives[b].last);
  const free: { offset: number; size: number }[] = [];
  let bytes = 0;
  let ended = 0;
  for (let i = 0; i < lives.length; i++) {
    while (ended < byEnd.length && lives[byEnd[ended]].last < lives[i].first) {
      release(free, offsets[byEnd[ended]], sizes[byEnd[ended]]);
      ended++;
    }
    const size = sizes[i];
    let best = -1;
    for (let f = 0; f < free.length; f++) {
      if (free[f].size >= size && (best < 0 || free[f].size < free[best].size)) best = f;
    }
    if (best >= 0) {
      offsets[i] = free[best].offset;
      if (free[best].size === size) free.splice(best, 1);
      else free[best] = { offset: free[best].offset + size, size: free[best].size - size };
      continue;
    }
    // Grow: a hole that reaches the end of the arena is extended rather than left behind.
    const tail = free[free.length - 1];
    if (tail !== undefined && tail.offset + tail.size === bytes) {
      offsets[i] = tail.offset;
      bytes = tail.offset + size;
      free.pop();
    } else {
      offsets[i] = bytes;
      bytes += size;
    }
  }
  return { offsets, bytes };
}

/** Puts a range back into the free list, which stays sorted by offset and merged. */
function release(free: { offset: number; size: number }[], offset: number, size: number): void {
  let at = 0;
  while (at < free.length && free[at].offset < offset) at++;
  free.splice(at, 0, { offset, size });
  if (at + 1 < free.length && free[at].offset + free[at].size === free[at + 1].offset) {
    free[at].size += free[at + 1].size;
    free.splice(at + 1, 1);
  }
  if (at > 0 && free[at - 1].offset + free[at - 1].size === free[at].offset) {
    free[at - 1].size += free[at].size;
    free.splice(at, 1);
  }
}

/** Largest first, each into the smallest gap that fits between those it meets in time. */
function packBySize(lives: readonly Lifetime[], sizes: readonly number[]): Packing {
  const offsets = new Float64Array(lives.length);
  const bySize = lives.map((_, i) => i).sort((a, b) => sizes[b] - sizes[a] || a - b);
  const placed: number[] = []; // by ascending offset
  let bytes = 0;
  for (const i of bySize) {
    const { first, last } = lives[i];
    let bestOffset = -1;
    let bestGap = Number.POSITIVE_INFINITY;
    let cursor = 0;
    for (const other of placed) {
      if (lives[other].first > last || lives[other].last < first) continue;
      const gap = offsets[other] - cursor;
      if (gap >= sizes[i] && gap < bestGap) {
        bestGap = gap;
        bestOffset = cursor;
      }
      cursor = Math.max(cursor, offsets[other] + sizes[other]);
    }
    offsets[i] = bestOffset >= 0 ? bestOffset : cursor;
    bytes = Math.max(bytes, offsets[i] + sizes[i]);
    let at = placed.length;
    while (at > 0 && offsets[placed[at - 1]] > offsets[i]) at--;
    placed.splice(at, 0, i);
  }
  return { offsets, bytes };
}

/**
 * Lanes for backends that check whole allocations: what a command reads and what it writes must not
 * share an allocation. Greedy colouring by first use; a chain needs two lanes, a residual network three.
 */
export function assignLanes(
  commands: readonly Command[],
  lifetimes: readonly Lifetime[],
  resourceCount: number,
): { laneOf: Int32Array; laneCount: number } {
  const slot = new Int32Array(resourceCount).fill(-1);
  for (let i = 0; i < lifetimes.length; i++) slot[lifetimes[i].resource] = i;
  const apart: Set<number>[] = lifetimes.map(() => new Set());
  for (const command of commands) {
    for (const writer of command.uses) {
      const written = slot[writer.resource];
      if (!(writer.access & WRITE) || written < 0) continue;
      for (const reader of command.uses) {
        const read = slot[reader.resource];
        if (!(reader.access & READ) || read < 0 || read === written) continue;
        apart[written].add(read);
        apart[read].add(written);
      }
    }
  }
  const laneOf = new Int32Array(lifetimes.length).fill(-1);
  let laneCount = 0;
  for (let i = 0; i < lifetimes.length; i++) {
    const taken = new Set<number>();
    for (const other of apart[i]) taken.add(laneOf[other]);
    let lane = 0;
    while (taken.has(lane)) lane++;
    laneOf[i] = lane;
    laneCount = Math.max(laneCount, lane + 1);
  }
  return { laneOf, laneCount };
}
