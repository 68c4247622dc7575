/**
 * Placement: where each temporary lives inside a few arenas, so that temporaries that are never alive
 * together share bytes. Lifetimes are known, so this is offline packing: first a linear sweep; where that
 * misses the largest live set by more than a twentieth, greedy packing by size, and the better of the two
 * is kept.
 */

import { type Command, READ, WRITE } from '../recording/commands.js';
import { type Lifetime, largestLiveSet } from './liveness.js';
import { packBySize, packSweep } from './packing.js';

export interface Placement {
  /** For each lifetime: the arena (lane) and the byte offset in it. */
  readonly lane: Int32Array;
  readonly offset: Float64Array;
  /** Bytes of each lane. */
  readonly laneBytes: readonly number[];
}

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
    if (best.bytes > 1.05 * largestLiveSet(lives, alignment)) {
      const greedy = packBySize(lives, sizes);
      if (greedy !== undefined && greedy.bytes < best.bytes) best = greedy;
    }
    for (let m = 0; m < members.length; m++) offset[members[m]] = best.offsets[m];
    laneBytes.push(best.bytes);
  }
  return { lane: laneOf, offset, laneBytes };
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
