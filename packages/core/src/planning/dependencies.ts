/** Which command must come after which, by the bytes they touch, in program order. */

import { type Command, READ, WRITE } from '../recording/commands.js';
import { AccessMap } from './access-map.js';

/**
 * The conflict graph of a recording without its transitive edges through one segment: an edge from i to
 * j (i < j) says that j must not begin before i has ended. Successors are linked lists in flat arrays.
 */
export interface Dependencies {
  /** First edge of each command, or -1. */
  readonly firstEdge: Int32Array;
  readonly nextEdge: readonly number[];
  /** The command that an edge leads to. */
  readonly target: readonly number[];
  /** Number of edges that lead to each command. */
  readonly incoming: Int32Array;
}

/** Read-after-write, write-after-read and write-after-write conflicts by byte range. */
export function findDependencies(commands: readonly Command[], resourceCount: number): Dependencies {
  const maps: (AccessMap | undefined)[] = new Array(resourceCount);
  const firstEdge = new Int32Array(commands.length).fill(-1);
  const incoming = new Int32Array(commands.length);
  const seenBy = new Int32Array(commands.length).fill(-1);
  const nextEdge: number[] = [];
  const target: number[] = [];
  let current = 0;
  const dependOn = (earlier: number) => {
    if (seenBy[earlier] === current) return;
    seenBy[earlier] = current;
    nextEdge.push(firstEdge[earlier]);
    firstEdge[earlier] = target.length;
    target.push(current);
    incoming[current]++;
  };
  for (; current < commands.length; current++) {
    for (const use of commands[current].uses) {
      let map = maps[use.resource];
      if (map === undefined) {
        map = new AccessMap();
        maps[use.resource] = map;
      }
      const end = use.offset + use.byteLength;
      if (use.access & READ) map.read(use.offset, end, current, dependOn);
      if (use.access & WRITE) map.write(use.offset, end, current, dependOn);
    }
  }
  return { firstEdge, nextEdge, target, incoming };
}

/** The commands that `wanted` need to have run before them, themselves included, in program order. */
export function closureOf(
  commands: readonly Command[],
  resourceCount: number,
  wanted: readonly number[],
): boolean[] {
  const { firstEdge, nextEdge, target } = findDependencies(commands, resourceCount);
  const inside: boolean[] = new Array(commands.length).fill(false);
  for (const command of wanted) inside[command] = true;
  // Edges lead forwards only, so one sweep from the end sees every successor first.
  for (let i = commands.length - 1; i >= 0; i--) {
    for (let edge = firstEdge[i]; edge >= 0 && !inside[i]; edge = nextEdge[edge]) {
      if (inside[target[edge]]) inside[i] = true;
    }
  }
  return inside;
}
