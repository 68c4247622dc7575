/** Orderings that are not kept: barriers, waits, and transfers that leave the stream. */

import type { Step, Submission } from '@wick/core';
import { type KernelUses, type ParsedPass, parsePasses } from '../harness/step-list.js';
import {
  accessesOf,
  type CommandAccesses,
  type Conflict,
  conflictsBetween,
} from '../harness/strict/accesses.js';
import { wrapOpened } from '../harness/wrapper.js';
import type { Saboteur } from '../suite/stack.js';
import { RewritingBackend, rewriting } from './rewriting.js';

/** No barrier is ever encoded. */
export const droppedBarriers: Saboteur = {
  name: 'barriers dropped',
  wrap: rewriting((submission) => ({
    ...submission,
    steps: submission.steps.filter(({ op }) => op !== 'barrier'),
  })),
};

/** Barriers stand only where something that was written is touched again, not where it was read. */
export const noWriteAfterRead: Saboteur = {
  name: 'write-after-read not checked',
  wrap: rewriting((submission, uses) => {
    return withoutBarriers(submission, (pass) =>
      barriersWithout(pass, submission, uses, ({ earlier, start, end, allocation }) =>
        earlier.accesses.some(
          (access) =>
            access.writes && access.allocation === allocation && access.start < end && start < access.end,
        ),
      ),
    );
  }),
};

/** Hazards are found by the ends of views: two that overlap without being equal are taken for strangers. */
export const hazardsByHandle: Saboteur = {
  name: 'hazards by handle',
  wrap: rewriting((submission, uses) => {
    const isWhole = ({ accesses }: CommandAccesses, { allocation, start, end }: Conflict) =>
      accesses.some(
        (access) => access.allocation === allocation && access.start === start && access.end === end,
      );
    return withoutBarriers(submission, (pass) =>
      barriersWithout(
        pass,
        submission,
        uses,
        (conflict) => isWhole(conflict.earlier, conflict) && isWhole(conflict.later, conflict),
      ),
    );
  }),
};

function withoutBarriers(submission: Submission, needlessOf: (pass: ParsedPass) => Step[]): Submission {
  const needless = new Set(parsePasses(submission.steps).flatMap(needlessOf));
  return { ...submission, steps: submission.steps.filter((step) => !needless.has(step)) };
}

/** The barriers of a pass across which no conflict that is `seen` lies. */
function barriersWithout(
  pass: ParsedPass,
  submission: Submission,
  uses: KernelUses,
  seen: (conflict: Conflict) => boolean,
): Step[] {
  const commands = accessesOf(pass, submission, uses);
  return pass.epochs.flatMap(({ barrier }, epoch) => {
    const needed = commands.some(
      (earlier) =>
        earlier.epoch < epoch &&
        commands.some((later) => later.epoch >= epoch && conflictsBetween(earlier, later).some(seen)),
    );
    return barrier === undefined || needed ? [] : [barrier];
  });
}

/** Transfers of one kind run in a pass of their own ahead of everything else, as in a command buffer on the side. */
function ahead(op: 'fill' | 'upload'): NonNullable<Saboteur['wrap']> {
  return wrapOpened(
    (backend) =>
      new RewritingBackend(backend, (submission) => {
        const early = submission.steps.filter((step) => step.op === op);
        if (early.length === 0) return submission;
        const kind = backend.capabilities.transfersInComputePass.includes(op) ? 'compute' : 'transfer';
        const begin: Step = { op: 'beginPass', kind, pass: 0, label: 'on the side', waits: [] };
        const rest = submission.steps
          .filter((step) => step.op !== op)
          .map((step) =>
            step.op === 'beginPass'
              ? { ...step, pass: step.pass + 1, waits: step.waits.map((wait) => wait + 1) }
              : step,
          );
        const waits = submission.waits.map(({ pass, serial }) => ({ pass: pass + 1, serial }));
        return { ...submission, steps: [begin, ...early, { op: 'endPass' }, ...rest], waits };
      }),
  );
}

/** Fills are committed on the side, before what is recorded ahead of them: candle's black pictures. */
export const fillsAhead: Saboteur = { name: 'fills ahead of pending work', wrap: ahead('fill') };

/** Uploads are written at once, as by a queue that knows nothing of the encoder that is still open. */
export const uploadsAhead: Saboteur = { name: 'uploads ahead of pending work', wrap: ahead('upload') };

/** Waits between passes and submissions are left out. */
export const droppedWaits: Saboteur = {
  name: 'waits dropped',
  wrap: rewriting((submission) => ({
    ...submission,
    waits: [],
    steps: submission.steps.map((step) => (step.op === 'beginPass' ? { ...step, waits: [] } : step)),
  })),
};

/** A pass waits for passes of its own submission only. */
export const droppedSubmissionWaits: Saboteur = {
  name: 'waits between submissions dropped',
  wrap: rewriting((submission) => ({ ...submission, waits: [] })),
};
