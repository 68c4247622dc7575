/** Which command must come after which, by the bytes they touch, in program order. */

import { AccessTable } from './access-table.js';
import type { CommandTable } from './command-table.js';

/**
 * The conflict graph of a recording without its transitive edges through one segment: an edge from i to
 * j (i < j) says that j must not begin before i has ended. Successors are linked lists in flat arrays.
 */
export interface Dependencies {
  /** First edge of each command, or -1. */
  readonly firstEdge: Int32Array;
  readonly nextEdge: Int32Array;
  /** The command that an edge leads to. */
  readonly target: Int32Array;
  /** Number of edges that lead to each command. */
  readonly incoming: Int32Array;
}

/** Read-after-write, write-after-read and write-after-write conflicts by byte range. */
export function findDependencies(table: CommandTable, resourceCount: number): Dependencies {
  const { count, firstUse, resource, start, end, access } = table;
  const accesses = new AccessTable(resourceCount, resource.length);
  const { found } = accesses;
  const firstEdge = new Int32Array(count).fill(-1);
  const incoming = new Int32Array(count);
  const seenBy = new Int32Array(count).fill(-1);
  let nextEdge = new Int32Array(resource.length);
  let target = new Int32Array(resource.length);
  let edges = 0;
  for (let current = 0; current < count; current++) {
    for (let u = firstUse[current]; u < firstUse[current + 1]; u++) {
      const conflicts = accesses.use(resource[u], start[u], end[u], access[u], current);
      if (edges + conflicts > target.length) {
        nextEdge = grown(nextEdge, edges + conflicts);
        target = grown(target, edges + conflicts);
      }
      for (let c = 0; c < conflicts; c++) {
        const earlier = found[c];
        if (seenBy[earlier] === current) continue;
        seenBy[earlier] = current;
        nextEdge[edges] = firstEdge[earlier];
        firstEdge[earlier] = edges;
        target[edges] = current;
        edges++;
        incoming[current]++;
      }
    }
  }
  return { firstEdge, nextEdge, target, incoming };
}

function grown(array: Int32Array, atLeast: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(atLeast, 2 * array.length));
  larger.set(array);
  return larger;
}

/** The commands that `wanted` need to have run before them, themselves included, in program order. */
export function closureOf(table: CommandTable, resourceCount: number, wanted: readonly number[]): boolean[] {
  const { firstEdge, nextEdge, target } = findDependencies(table, resourceCount);
  const inside: boolean[] = new Array(table.count).fill(false);
  for (const command of wanted) inside[command] = true;
  // Edges lead forwards only, so one sweep from the end sees every successor first.
  for (let i = table.count - 1; i >= 0; i--) {
    for (let edge = firstEdge[i]; edge >= 0 && !inside[i]; edge = nextEdge[edge]) {
      if (inside[target[edge]]) inside[i] = true;
    }
  }
  return inside;
}
