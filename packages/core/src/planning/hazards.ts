/**
 * Hazards: where barriers must stand inside passes and which passes must wait for which, by the bytes of
 * placed memory. A barrier is put as late as possible, in front of the first command that conflicts with
 * one since the last barrier; for a fixed order no smaller number of barriers keeps every conflict apart
 * (interval stabbing). Memory is named as late as possible too, so no barrier names any without need.
 */

import { AccessTable } from './access-table.js';
import type { CommandTable } from './command-table.js';
import type { Pass } from './passes.js';
import { withoutImplied } from './waits.js';

/** A use of memory after placement. */
export interface PlacedMemory {
  /** Memory-table index of each resource, -1 where it is not used. */
  readonly memoryOf: Int32Array;
  /** Byte offset of each resource inside its entry. */
  readonly offsetOf: Float64Array;
}

/** A point inside a compute pass that the conflicts of some memory must not cross. */
export interface Barrier {
  /** It stands in front of the command at this position of the order. */
  readonly position: number;
  /** Indices into the memory table, ascending by first conflict. */
  readonly memory: number[];
  /** The position before it of the conflict that made it necessary; the other one is its own. */
  readonly earlier: number;
}

export interface Hazards {
  readonly barriers: readonly Barrier[];
  /** For each pass the earlier passes that it conflicts with, ascending, implied ones left out; empty without `explicitWaits`. */
  readonly waits: readonly (readonly number[])[];
}

export function findHazards(
  table: CommandTable,
  order: Int32Array,
  passes: readonly Pass[],
  { memoryOf, offsetOf }: PlacedMemory,
  memoryCount: number,
  explicitWaits: boolean,
): Hazards {
  const { firstUse, resource, start, end, access } = table;
  const accesses = new AccessTable(memoryCount, resource.length);
  const { found } = accesses;
  const barriers: Barrier[] = [];
  const waits: number[][] = [];
  const passOf = new Int32Array(order.length);
  // The latest pass that waits for each pass.
  const waitedBy = new Int32Array(passes.length).fill(-1);
  // Latest barrier that names each entry, as a position.
  const named = new Int32Array(memoryCount).fill(-1);
  // What the command at hand conflicts with: memory that needs a barrier in front of it, and memory that
  // the last barrier, put there for the sake of other memory, shall name too.
  let fresh = NOTHING;
  const unnamed: number[] = [];
  for (let p = 0; p < passes.length; p++) {
    const pass = passes[p];
    let direct = NOTHING;
    let barrierAt = pass.first;
    for (let position = pass.first; position < pass.end; position++) {
      const command = order[position];
      passOf[position] = p;
      let cause = -1;
      for (let u = firstUse[command]; u < firstUse[command + 1]; u++) {
        const used = resource[u];
        const memory = memoryOf[used];
        const offset = offsetOf[used];
        const count = accesses.use(memory, offset + start[u], offset + end[u], access[u], position);
        for (let c = 0; c < count; c++) {
          const earlier = found[c];
          if (earlier < pass.first) {
            const other = passOf[earlier];
            if (!explicitWaits || waitedBy[other] === p) continue;
            waitedBy[other] = p;
            if (direct.length === 0) direct = [other];
            else direct.push(other);
          } else if (earlier >= barrierAt) {
            // A literal is exact where a push would make room for sixteen more; most barriers name one.
            if (fresh.length === 0) fresh = [memory];
            else if (!fresh.includes(memory)) fresh.push(memory);
            if (cause < 0) cause = earlier;
          } else if (named[memory] <= earlier) {
            unnamed.push(memory);
          }
        }
      }
      if (fresh.length > 0) {
        barriers.push({ position, memory: fresh, earlier: cause });
        for (const entry of fresh) named[entry] = position;
        barrierAt = position;
        fresh = NOTHING;
      }
      if (unnamed.length > 0) {
        for (const entry of unnamed) {
          if (named[entry] === barrierAt) continue;
          barriers[barriers.length - 1].memory.push(entry);
          named[entry] = barrierAt;
        }
        unnamed.length = 0;
      }
    }
    waits.push(direct.length > 1 ? direct.sort((a, b) => a - b) : direct);
  }
  return { barriers, waits: withoutImplied(waits) };
}

/** Never written to. */
const NOTHING: number[] = [];
