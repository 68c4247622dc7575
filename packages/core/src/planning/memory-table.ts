/** The memory table of a plan: an entry for memory from outside, entries for arenas, places for temporaries. */

import { type Recording, type Resource, type Use, WRITE } from '../recording/commands.js';
import type { CommandTable } from './command-table.js';
import { alignedSizes, findLifetimes, inMoments, type Lifetimes, largestLiveSet } from './liveness.js';
import type { Ordering } from './ordering.js';
import { assignLanes, type Placement, placeTemporaries } from './placement.js';

/** One entry of a plan's memory table. */
export type PlanMemory =
  | { readonly kind: 'resource'; readonly resource: number; readonly label: string }
  | { readonly kind: 'arena'; readonly byteLength: number; readonly label: string };

/** Where one temporary was put. */
export interface PlacedTemporary {
  readonly resource: number;
  readonly memory: number;
  readonly offset: number;
  readonly byteLength: number;
  /** First and last position of use in the order. */
  readonly first: number;
  readonly last: number;
}

export type PlacementMode = 'share' | 'tight' | 'apart';

export interface MemoryTableOptions {
  readonly mode: PlacementMode;
  readonly alignment: number;
  readonly maxArenaBytes: number;
  /** Whether what a command reads and what it writes must lie in different arenas. */
  readonly lanes: boolean;
}

export interface MemoryTable {
  readonly memory: readonly PlanMemory[];
  /** Entry and byte offset of each resource; -1 for a resource that is not used. */
  readonly memoryOf: Int32Array;
  readonly offsetOf: Float64Array;
  /** Of the temporaries, in positions of the order. */
  readonly lifetimes: Lifetimes;
  /** Ranges of memory from outside that are written, in program order. */
  readonly writes: readonly Use[];
  readonly plannedBytes: number;
  readonly unplannedBytes: number;
  readonly largestLiveBytes: number;
}

/** `share` accepts this much more than the largest live set before it falls back to `tight`. */
const SHARE_SLACK = 1.1;

/** Gives every used resource an entry of the memory table, temporaries a place in an arena. */
export function placeMemory(
  { commands, resources }: Recording,
  table: CommandTable,
  { order, epoch }: Ordering,
  { mode, alignment, maxArenaBytes, lanes }: MemoryTableOptions,
): MemoryTable {
  const memoryOf = new Int32Array(resources.length).fill(-1);
  const memory = enterResources(table, resources, memoryOf);
  const lifetimes = findLifetimes(table, resources, order);
  const sizes = alignedSizes(lifetimes, alignment);
  const largestLiveBytes = largestLiveSet(lifetimes, sizes);
  const unplannedBytes = sum(sizes);
  const placement =
    mode === 'apart' || lifetimes.count === 0
      ? undefined
      : placeInArenas(lifetimes, epoch, lanesOf(table, lifetimes, resources.length, lanes), {
          mode,
          alignment,
          largestLiveBytes,
        });
  // An arena longer than an allocation may be is no arena: then every temporary stands alone.
  const placed = placement?.laneBytes.every((bytes) => bytes <= maxArenaBytes) ? placement : alone(sizes);
  const base = memory.length;
  for (const byteLength of placed.laneBytes) {
    memory.push({ kind: 'arena', byteLength, label: `arena ${memory.length}` });
  }
  const offsetOf = new Float64Array(resources.length);
  for (let i = 0; i < lifetimes.count; i++) {
    const resource = lifetimes.resource[i];
    memoryOf[resource] = base + placed.lane[i];
    offsetOf[resource] = placed.offset[i];
  }
  return {
    memory,
    memoryOf,
    offsetOf,
    lifetimes,
    writes: findWrites(commands, table, resources),
    plannedBytes: sum(placed.laneBytes),
    unplannedBytes,
    largestLiveBytes,
  };
}

/** Where each temporary was put, by first use. */
export function placedTemporaries({ lifetimes, memoryOf, offsetOf }: MemoryTable): PlacedTemporary[] {
  const { count, byteLength, first, last } = lifetimes;
  return Array.from(lifetimes.resource.subarray(0, count), (resource, i) => ({
    resource,
    memory: memoryOf[resource],
    offset: offsetOf[resource],
    byteLength: byteLength[i],
    first: first[i],
    last: last[i],
  }));
}

/** Entries for memory from outside, by first use; notes them in `memoryOf`. */
function enterResources(
  { resource: used }: CommandTable,
  resources: readonly Resource[],
  memoryOf: Int32Array,
): PlanMemory[] {
  const memory: PlanMemory[] = [];
  for (let u = 0; u < used.length; u++) {
    const resource = used[u];
    if (memoryOf[resource] >= 0 || resources[resource].temporary) continue;
    memoryOf[resource] = memory.length;
    memory.push({ kind: 'resource', resource, label: resources[resource].label });
  }
  return memory;
}

function findWrites(
  commands: Recording['commands'],
  { count, firstUse, resource, access }: CommandTable,
  resources: readonly Resource[],
): Use[] {
  const writes: Use[] = [];
  for (let command = 0; command < count; command++) {
    const first = firstUse[command];
    for (let u = first; u < firstUse[command + 1]; u++) {
      if (access[u] & WRITE && !resources[resource[u]].temporary) {
        writes.push(commands[command].uses[u - first]);
      }
    }
  }
  return writes;
}

interface Lanes {
  readonly laneOf: Int32Array;
  readonly laneCount: number;
}

function lanesOf(table: CommandTable, lifetimes: Lifetimes, resourceCount: number, apart: boolean): Lanes {
  if (apart) return assignLanes(table, lifetimes, resourceCount);
  return { laneOf: new Int32Array(lifetimes.count), laneCount: 1 };
}

function placeInArenas(
  lifetimes: Lifetimes,
  epoch: Int32Array,
  { laneOf, laneCount }: Lanes,
  options: { readonly mode: PlacementMode; readonly alignment: number; readonly largestLiveBytes: number },
): Placement {
  const place = (lives: Lifetimes) => placeTemporaries(lives, laneOf, laneCount, options.alignment);
  if (options.mode === 'tight') return place(lifetimes);
  // Lifetimes in epochs: two temporaries share bytes only if a barrier stands between them anyway.
  const shared = place(inMoments(lifetimes, epoch));
  const bytes = sum(shared.laneBytes);
  if (bytes <= SHARE_SLACK * options.largestLiveBytes) return shared;
  const tight = place(lifetimes);
  return sum(tight.laneBytes) < bytes ? tight : shared;
}

/** Each temporary in an arena of its own. */
function alone(sizes: Float64Array): Placement {
  const lane = Int32Array.from(sizes, (_, i) => i);
  return { lane, offset: new Float64Array(sizes.length), laneBytes: [...sizes] };
}

function sum(numbers: Float64Array | readonly number[]): number {
  let total = 0;
  for (let i = 0; i < numbers.length; i++) total += numbers[i];
  return total;
}
