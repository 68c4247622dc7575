/**
 * Hazards: where barriers must stand inside passes and which passes must wait for which, by the bytes of
 * placed memory. A barrier is put as late as possible, in front of the first command that conflicts with
 * one since the last barrier; for a fixed order no smaller number of barriers keeps every conflict apart
 * (interval stabbing). Memory is named as late as possible too, so no barrier names any without need.
 */

import { type Command, READ, type Use, WRITE } from '../recording/commands.js';
import { AccessMap } from './access-map.js';
import type { Pass } from './passes.js';

/** A use of memory after placement. */
export interface PlacedMemory {
  /** Memory-table index of each resource, -1 where it is not used. */
  readonly memoryOf: Int32Array;
  /** Byte offset of each resource inside its entry. */
  readonly offsetOf: Float64Array;
}

export interface Barrier {
  /** It stands in front of the command at this position of the order. */
  readonly position: number;
  /** Indices into the memory table, ascending by first conflict. */
  readonly memory: number[];
  /** The two positions of the conflict that made it necessary. */
  readonly cause: { readonly earlier: number; readonly later: number };
}

export interface Hazards {
  readonly barriers: readonly Barrier[];
  /** For each pass the earlier passes that it conflicts with, ascending, implied ones left out; empty without `explicitWaits`. */
  readonly waits: readonly (readonly number[])[];
}

export function findHazards(
  commands: readonly Command[],
  order: Int32Array,
  passes: readonly Pass[],
  placed: PlacedMemory,
  memoryCount: number,
  explicitWaits: boolean,
): Hazards {
  const maps: (AccessMap | undefined)[] = new Array(memoryCount);
  const barriers: Barrier[] = [];
  const waits: number[][] = [];
  // Latest barrier that names each entry, as a position.
  const named = new Int32Array(memoryCount).fill(-1);
  let position = 0;
  let passFirst = 0;
  let barrierAt = -1;
  let memory = 0;
  let fresh: number[] = [];
  let unnamed: number[] = [];
  let cause = -1;
  let conflicts: Set<number> | undefined;
  const visit = (earlier: number) => {
    if (earlier < passFirst) {
      if (!explicitWaits) return;
      conflicts ??= new Set();
      conflicts.add(earlier);
    } else if (earlier >= barrierAt) {
      if (fresh.length === 0) fresh = [memory];
      else if (!fresh.includes(memory)) fresh.push(memory);
      if (cause < 0) cause = earlier;
    } else if (named[memory] <= earlier) {
      // A barrier already stands between the two, for the sake of other memory: the last shall name this too.
      unnamed.push(memory);
    }
  };
  const touch = (use: Use) => {
    memory = placed.memoryOf[use.resource];
    let map = maps[memory];
    if (map === undefined) {
      map = new AccessMap();
      maps[memory] = map;
    }
    const start = placed.offsetOf[use.resource] + use.offset;
    if (use.access & READ) map.read(start, start + use.byteLength, position, visit);
    if (use.access & WRITE) map.write(start, start + use.byteLength, position, visit);
  };
  for (const pass of passes) {
    passFirst = pass.first;
    barrierAt = pass.first;
    conflicts = undefined;
    for (position = pass.first; position < pass.end; position++) {
      const { uses } = commands[order[position]];
      for (let u = 0; u < uses.length; u++) touch(uses[u]);
      if (fresh.length > 0) {
        barriers.push({ position, memory: fresh, cause: { earlier: cause, later: position } });
        for (const entry of fresh) named[entry] = position;
        barrierAt = position;
        fresh = [];
        cause = -1;
      }
      if (unnamed.length > 0) {
        for (const entry of unnamed) {
          if (named[entry] === barrierAt) continue;
          barriers[barriers.length - 1].memory.push(entry);
          named[entry] = barrierAt;
        }
        unnamed = [];
      }
    }
    waits.push(conflicts === undefined ? [] : passesOf(conflicts, passes));
  }
  return { barriers, waits: withoutImplied(waits) };
}

function passesOf(positions: ReadonlySet<number>, passes: readonly Pass[]): number[] {
  const found = new Set<number>();
  for (const position of positions) {
    let low = 0;
    let high = passes.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (passes[middle].end <= position) low = middle + 1;
      else high = middle;
    }
    found.add(low);
  }
  return [...found].sort((a, b) => a - b);
}

/** Leaves out waits that follow from others: a pass that is waited for has itself waited. */
function withoutImplied(waits: readonly (readonly number[])[]): number[][] {
  const behind: Set<number>[] = [];
  return waits.map((direct) => {
    const reach = new Set<number>();
    const kept: number[] = [];
    for (let i = direct.length - 1; i >= 0; i--) {
      if (reach.has(direct[i])) continue;
      kept.unshift(direct[i]);
      reach.add(direct[i]);
      for (const earlier of behind[direct[i]]) reach.add(earlier);
    }
    behind.push(reach);
    return kept;
  });
}
