/**
 * A race detector that shares nothing with the planner: every pair of commands is compared, and a pair
 * that conflicts must be kept apart by a barrier that names the memory, or by a chain of waits.
 */

import type { Submission } from '@wick/core';
import type { KernelUses, ParsedPass } from '../step-list.js';
import {
  accessesOf,
  type CommandAccesses,
  type Conflict,
  conflictsBetween,
  describeConflict,
} from './accesses.js';
import type { Violation } from './violation.js';

/** Conflicts inside a pass that no barrier keeps apart, and barriers that keep nothing apart. */
export function findRaces(pass: ParsedPass, submission: Submission, uses: KernelUses): Violation[] {
  const violations: Violation[] = [];
  const commands = accessesOf(pass, submission, uses);
  const conflicts: Conflict[] = [];
  for (let j = 0; j < commands.length; j++) {
    for (let i = 0; i < j; i++) conflicts.push(...conflictsBetween(commands[i], commands[j]));
  }
  for (const conflict of conflicts) {
    if (!separated(conflict, pass, submission)) {
      const message = `no barrier stands between them: ${describeConflict(conflict)}`;
      violations.push({ rule: 'race', message });
    }
  }
  for (const [epoch, { barrier, commands: behind }] of pass.epochs.entries()) {
    for (const index of barrier?.memory ?? []) {
      const { allocation } = submission.memory[index];
      const needed = conflicts.some(
        ({ earlier, later, allocation: shared }) =>
          shared === allocation && earlier.epoch < epoch && later.epoch >= epoch,
      );
      if (needed) continue;
      const message = `the barrier before "${behind[0]?.step.label}" names memory ${index}, over which nothing conflicts`;
      violations.push({ rule: 'needless barrier', message });
    }
  }
  const barriers = pass.epochs.length - 1;
  const fewest = fewestBarriers(pass, submission, uses);
  if (barriers > fewest) {
    const message = `pass ${pass.begin.pass} has ${barriers} barriers where ${fewest} are enough`;
    violations.push({ rule: 'needless barrier', message });
  }
  return violations;
}

function separated(
  { earlier, later, allocation }: Conflict,
  { epochs }: ParsedPass,
  { memory }: Submission,
): boolean {
  return epochs
    .slice(earlier.epoch + 1, later.epoch + 1)
    .some(({ barrier }) => barrier?.memory.some((index) => memory[index].allocation === allocation));
}

/** The fewest barriers that keep all conflicts of a pass apart in the order it has. */
function fewestBarriers(pass: ParsedPass, submission: Submission, uses: KernelUses): number {
  const commands = accessesOf(pass, submission, uses);
  let barriers = 0;
  let since = 0;
  for (let j = 0; j < commands.length; j++) {
    const stabbed = commands
      .slice(since, j)
      .some((earlier) => conflictsBetween(earlier, commands[j]).length > 0);
    if (!stabbed) continue;
    barriers++;
    since = j;
  }
  return barriers;
}

interface PassNode {
  readonly serial: number;
  readonly pass: number;
  readonly commands: readonly CommandAccesses[];
  /** Every pass that has ended when this one begins, as far as waits say. */
  readonly after: ReadonlySet<PassNode>;
}

/** Keeps the passes of submissions in flight, to see that those that conflict wait for each other. */
export class PassHistory {
  #nodes: PassNode[] = [];

  /** Adds a submission and returns the conflicts with earlier passes that it does not wait for. */
  add(passes: readonly ParsedPass[], submission: Submission, uses: KernelUses): Violation[] {
    const violations: Violation[] = [];
    const own: PassNode[] = [];
    for (const pass of passes) {
      const awaited = [
        ...pass.begin.waits.map((wait) => own[wait]),
        ...submission.waits.flatMap((wait) =>
          wait.pass === pass.begin.pass ? this.#nodes.filter(({ serial }) => serial === wait.serial) : [],
        ),
      ];
      const after = new Set(awaited.flatMap((node) => [node, ...node.after]));
      const commands = accessesOf(pass, submission, uses);
      for (const node of [...this.#nodes, ...own]) {
        if (!after.has(node))
          violations.push(...unordered(node, commands, submission.serial, pass.begin.pass));
      }
      own.push({ serial: submission.serial, pass: pass.begin.pass, commands, after });
    }
    this.#nodes.push(...own);
    return violations;
  }

  /** Forgets a submission that has completed. */
  completed(serial: number): void {
    this.#nodes = this.#nodes.filter((node) => node.serial !== serial);
  }

  /** The label of a command in flight that writes a byte of the range. */
  writerOf(allocation: object, start: number, end: number): string | undefined {
    for (const { commands } of this.#nodes) {
      for (const { step, accesses } of commands) {
        const writes = accesses.some(
          (access) =>
            access.writes && access.allocation === allocation && access.start < end && start < access.end,
        );
        if (writes) return step.label;
      }
    }
    return undefined;
  }

  /** Whether a submission in flight uses the allocation. */
  uses(allocation: object): boolean {
    return this.#nodes.some(({ commands }) =>
      commands.some(({ accesses }) => accesses.some((access) => access.allocation === allocation)),
    );
  }
}

function unordered(
  node: PassNode,
  commands: readonly CommandAccesses[],
  serial: number,
  pass: number,
): Violation[] {
  return node.commands.flatMap((earlier) =>
    commands.flatMap((later) =>
      conflictsBetween(earlier, later).map((conflict): Violation => {
        const where = `pass ${pass} of submission ${serial} does not wait for pass ${node.pass} of submission ${node.serial}`;
        return { rule: 'race', message: `${where}: ${describeConflict(conflict)}` };
      }),
    ),
  );
}
