/** What the commands of a submission do to which bytes of which allocation. */

import type { Allocation, Submission } from '@wick/core';
import type { CommandStep, KernelUses, ParsedPass } from '../step-list.js';

/** One command's use of a range of one allocation; bytes [start, end). */
export interface Access {
  readonly allocation: Allocation;
  readonly start: number;
  readonly end: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

export interface CommandAccesses {
  readonly step: CommandStep;
  /** Epoch inside its pass. */
  readonly epoch: number;
  readonly accesses: readonly Access[];
}

/** Two commands that touch the same bytes, one of them writing. */
export interface Conflict {
  readonly earlier: CommandAccesses;
  readonly later: CommandAccesses;
  readonly allocation: Allocation;
  /** The bytes that both use. */
  readonly start: number;
  readonly end: number;
}

/** The commands of a pass, with what they touch, in the order of the step list. */
export function accessesOf(pass: ParsedPass, { memory }: Submission, uses: KernelUses): CommandAccesses[] {
  return pass.epochs.flatMap(({ commands }, epoch) =>
    commands.map(({ step }) => ({
      step,
      epoch,
      accesses: uses.usesOf(step).map(({ range, reads, writes }) => {
        const { allocation, offset } = memory[range.memory];
        const start = offset + range.offset;
        return { allocation, start, end: start + range.byteLength, reads, writes };
      }),
    })),
  );
}

/** Every conflict between two commands: all pairs of accesses, compared byte range by byte range. */
export function conflictsBetween(earlier: CommandAccesses, later: CommandAccesses): Conflict[] {
  const found: Conflict[] = [];
  for (const a of earlier.accesses) {
    for (const b of later.accesses) {
      const start = Math.max(a.start, b.start);
      const end = Math.min(a.end, b.end);
      if (a.allocation === b.allocation && start < end && (a.writes || b.writes)) {
        found.push({ earlier, later, allocation: a.allocation, start, end });
      }
    }
  }
  return found;
}

/** Names both commands and the bytes. */
export function describeConflict({ earlier, later, allocation, start, end }: Conflict): string {
  const touching = (command: CommandAccesses) => {
    const own = command.accesses.filter(
      (access) => access.allocation === allocation && access.start < end && start < access.end,
    );
    const verbs = [
      own.some(({ reads }) => reads) ? 'reads' : '',
      own.some(({ writes }) => writes) ? 'writes' : '',
    ].filter((verb) => verb !== '');
    return `"${command.step.label}" (${command.step.op}, ${verbs.join(' and ')})`;
  };
  return `${touching(earlier)} and ${touching(later)} share bytes ${start} to ${end} of an allocation of ${allocation.byteLength} bytes`;
}
