/**
 * The naive model that the planner is held to: commands as sets of single bytes. Slow and obvious on
 * purpose; nothing here knows about segments, intervals or epochs.
 */

import { type Command, READ, WRITE } from '../../src/recording/commands.js';

/** Where a resource lives: by default in memory of its own, before placement. */
export interface Placed {
  readonly memoryOf: ArrayLike<number>;
  readonly offsetOf: ArrayLike<number>;
}

interface Footprint {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
}

/** Every byte that a command reads and writes, as `memory:byte`. */
export function footprint(command: Command, placed?: Placed): Footprint {
  const reads = new Set<string>();
  const writes = new Set<string>();
  for (const { resource, offset, byteLength, access } of command.uses) {
    const memory = placed === undefined ? resource : placed.memoryOf[resource];
    const start = placed === undefined ? offset : placed.offsetOf[resource] + offset;
    for (let byte = start; byte < start + byteLength; byte++) {
      if (access & READ) reads.add(`${memory}:${byte}`);
      if (access & WRITE) writes.add(`${memory}:${byte}`);
    }
  }
  return { reads, writes };
}

/** The memories in which two commands share a byte that one of them writes. */
export function conflictingMemory(a: Footprint, b: Footprint): Set<number> {
  const memory = new Set<number>();
  const note = (bytes: ReadonlySet<string>, others: ReadonlySet<string>) => {
    for (const byte of bytes) if (others.has(byte)) memory.add(Number(byte.split(':')[0]));
  };
  note(a.writes, b.reads);
  note(a.writes, b.writes);
  note(a.reads, b.writes);
  return memory;
}

/** A pair of commands that must stay in order, by position, and the memory that says so. */
export interface Conflict {
  readonly earlier: number;
  readonly later: number;
  readonly memory: ReadonlySet<number>;
}

/** All conflicts among the commands of `order`, each pair once. */
export function allConflicts(
  commands: readonly Command[],
  order: ArrayLike<number> = commands.map((_, i) => i),
  placed?: Placed,
): Conflict[] {
  const prints = Array.from(order, (command) => footprint(commands[command], placed));
  const found: Conflict[] = [];
  for (let later = 0; later < prints.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const memory = conflictingMemory(prints[earlier], prints[later]);
      if (memory.size > 0) found.push({ earlier, later, memory });
    }
  }
  return found;
}

/** Everything reachable over `edges` from each node; node i may lead to higher ones only. */
export function reachable(
  count: number,
  edges: Iterable<readonly [from: number, to: number]>,
): Set<number>[] {
  const reach = Array.from({ length: count }, () => new Set<number>());
  const from = Array.from({ length: count }, (): number[] => []);
  for (const [start, end] of edges) from[start].push(end);
  for (let node = count - 1; node >= 0; node--) {
    for (const end of from[node]) {
      reach[node].add(end);
      for (const further of reach[end]) reach[node].add(further);
    }
  }
  return reach;
}
