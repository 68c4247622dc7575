/** Why a barrier stands where it does: for each memory that it names, two commands that it keeps apart. */

import { type Barrier, type Pass, type Plan, READ, type Use, WRITE } from '@wick/core';

export type Hazard = 'read after write' | 'write after read' | 'write after write';

/** Two commands of which the second must not begin before the first has ended. */
export interface Conflict {
  readonly hazard: Hazard;
  /** Index into `Plan.memory`. */
  readonly memory: number;
  /** Positions in the plan's order. */
  readonly earlier: number;
  readonly later: number;
  /** What each of them calls the memory; temporaries that share bytes differ here. */
  readonly earlierResource: number;
  readonly laterResource: number;
  /** The bytes that both touch, from the beginning of the memory. */
  readonly start: number;
  readonly end: number;
}

/**
 * One conflict for each memory of a barrier: of the first command behind it that has one, with a command in
 * front of it that no earlier barrier keeps apart already. Data that flows explains more than memory that
 * is reused, so it comes first.
 */
export function conflictsOf(plan: Plan, pass: Pass, barrier: Barrier): Conflict[] {
  return barrier.memory.flatMap((memory) => {
    const since = plan.barriers.findLast(
      (other) => other.position < barrier.position && other.memory.includes(memory),
    );
    const first = Math.max(pass.first, since?.position ?? 0);
    return firstConflict(plan, memory, first, barrier.position, pass.end) ?? [];
  });
}

const RANK: readonly Hazard[] = ['read after write', 'write after read', 'write after write'];

/** Between commands of positions [first, at) and [at, end). */
function firstConflict(
  plan: Plan,
  memory: number,
  first: number,
  at: number,
  end: number,
): Conflict | undefined {
  for (let later = at; later < end; later++) {
    const found: Conflict[] = [];
    for (const after of usesOf(plan, later, memory)) {
      for (let earlier = at - 1; earlier >= first; earlier--) {
        for (const before of usesOf(plan, earlier, memory)) {
          const conflict = conflictBetween(plan, before, after);
          if (conflict !== undefined) found.push({ ...conflict, memory, earlier, later });
        }
      }
    }
    const byRank = RANK.map((hazard) => found.find((conflict) => conflict.hazard === hazard));
    const best = byRank.find((conflict) => conflict !== undefined);
    if (best !== undefined) return best;
  }
  return undefined;
}

function usesOf({ recording, order, memoryOf }: Plan, position: number, memory: number): Use[] {
  const { uses } = recording.commands[order[position]];
  return uses.filter((use) => memoryOf[use.resource] === memory);
}

function conflictBetween(
  { offsetOf }: Plan,
  before: Use,
  after: Use,
): Omit<Conflict, 'memory' | 'earlier' | 'later'> | undefined {
  const hazard = hazardOf(before.access, after.access);
  if (hazard === undefined) return undefined;
  const startOf = (use: Use) => offsetOf[use.resource] + use.offset;
  const start = Math.max(startOf(before), startOf(after));
  const end = Math.min(startOf(before) + before.byteLength, startOf(after) + after.byteLength);
  if (start >= end) return undefined;
  return { hazard, start, end, earlierResource: before.resource, laterResource: after.resource };
}

function hazardOf(before: number, after: number): Hazard | undefined {
  if (before & WRITE && after & READ) return 'read after write';
  if (before & READ && after & WRITE) return 'write after read';
  return before & WRITE && after & WRITE ? 'write after write' : undefined;
}
