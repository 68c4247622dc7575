/**
 * Placement: where each temporary lives inside a few arenas, so that temporaries that are never alive
 * together share bytes. Lifetimes are known, so this is offline packing: first a linear sweep; where that
 * misses the largest live set by more than a twentieth, greedy packing by size, and the better of the two
 * is kept.
 */

import { READ, WRITE } from '../recording/commands.js';
import type { CommandTable } from './command-table.js';
import { alignedSizes, type Lifetimes, largestLiveSet } from './liveness.js';
import { type Packing, packBySize, packSweep } from './packing.js';

export interface Placement {
  /** For each lifetime: the arena (lane) and the byte offset in it. */
  readonly lane: Int32Array;
  readonly offset: Float64Array;
  /** Bytes of each lane. */
  readonly laneBytes: readonly number[];
}

/**
 * Packs `lifetimes` into lanes. `laneOf[i]` is the lane of lifetime i. Two lifetimes of a lane whose moments
 * overlap never share a byte; offsets are multiples of `alignment`.
 */
export function placeTemporaries(
  lifetimes: Lifetimes,
  laneOf: Int32Array,
  laneCount: number,
  alignment: number,
): Placement {
  if (laneCount === 1) {
    const { offsets, bytes } = packBest(lifetimes, alignment);
    return { lane: laneOf, offset: offsets, laneBytes: [bytes] };
  }
  const offset = new Float64Array(lifetimes.count);
  const laneBytes: number[] = [];
  for (let lane = 0; lane < laneCount; lane++) {
    const members = membersOf(laneOf, lane, lifetimes.count);
    const { offsets, bytes } = packBest(select(lifetimes, members), alignment);
    for (let m = 0; m < members.length; m++) offset[members[m]] = offsets[m];
    laneBytes.push(bytes);
  }
  return { lane: laneOf, offset, laneBytes };
}

function packBest(lifetimes: Lifetimes, alignment: number): Packing {
  const sizes = alignedSizes(lifetimes, alignment);
  const swept = packSweep(lifetimes, sizes);
  if (swept.bytes <= 1.05 * largestLiveSet(lifetimes, sizes)) return swept;
  const greedy = packBySize(lifetimes, sizes);
  return greedy !== undefined && greedy.bytes < swept.bytes ? greedy : swept;
}

function membersOf(laneOf: Int32Array, lane: number, count: number): Int32Array {
  let size = 0;
  for (let i = 0; i < count; i++) if (laneOf[i] === lane) size++;
  const members = new Int32Array(size);
  for (let i = 0, next = 0; i < count; i++) if (laneOf[i] === lane) members[next++] = i;
  return members;
}

/** Some of the lifetimes, in their order. */
function select(lifetimes: Lifetimes, members: Int32Array): Lifetimes {
  const count = members.length;
  const resource = new Int32Array(count);
  const byteLength = new Float64Array(count);
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  for (let m = 0; m < count; m++) {
    const i = members[m];
    resource[m] = lifetimes.resource[i];
    byteLength[m] = lifetimes.byteLength[i];
    first[m] = lifetimes.first[i];
    last[m] = lifetimes.last[i];
  }
  return { count, resource, byteLength, first, last };
}

/**
 * Lanes for backends that check whole allocations: what a command reads and what it writes must not
 * share an allocation. Greedy colouring by first use; a chain needs two lanes, a residual network three.
 */
export function assignLanes(
  table: CommandTable,
  lifetimes: Lifetimes,
  resourceCount: number,
): { laneOf: Int32Array; laneCount: number } {
  const { firstNeighbour, nextNeighbour, neighbour } = findNeighbours(table, lifetimes, resourceCount);
  const laneOf = new Int32Array(lifetimes.count).fill(-1);
  // The latest temporary that found each lane taken.
  const takenFor: number[] = [];
  for (let i = 0; i < lifetimes.count; i++) {
    for (let n = firstNeighbour[i]; n >= 0; n = nextNeighbour[n]) {
      const lane = laneOf[neighbour[n]];
      if (lane >= 0) takenFor[lane] = i;
    }
    let lane = 0;
    while (lane < takenFor.length && takenFor[lane] === i) lane++;
    if (lane === takenFor.length) takenFor.push(-1);
    laneOf[i] = lane;
  }
  return { laneOf, laneCount: takenFor.length };
}

/** Temporaries that may not share an allocation, as lists in columns; one may be named twice. */
interface Neighbours {
  readonly firstNeighbour: Int32Array;
  readonly nextNeighbour: readonly number[];
  readonly neighbour: readonly number[];
}

function findNeighbours(
  { count, firstUse, resource, access }: CommandTable,
  lifetimes: Lifetimes,
  resourceCount: number,
): Neighbours {
  const slot = new Int32Array(resourceCount).fill(-1);
  for (let i = 0; i < lifetimes.count; i++) slot[lifetimes.resource[i]] = i;
  const firstNeighbour = new Int32Array(lifetimes.count).fill(-1);
  const nextNeighbour: number[] = [];
  const neighbour: number[] = [];
  const add = (of: number, other: number) => {
    nextNeighbour.push(firstNeighbour[of]);
    firstNeighbour[of] = neighbour.length;
    neighbour.push(other);
  };
  for (let command = 0; command < count; command++) {
    const end = firstUse[command + 1];
    for (let w = firstUse[command]; w < end; w++) {
      const written = slot[resource[w]];
      if (!(access[w] & WRITE) || written < 0) continue;
      for (let r = firstUse[command]; r < end; r++) {
        const read = slot[resource[r]];
        if (!(access[r] & READ) || read < 0 || read === written) continue;
        add(written, read);
        add(read, written);
      }
    }
  }
  return { firstNeighbour, nextNeighbour, neighbour };
}
