/** What a plan has between the two commands of a hazard: a barrier, a wait, or nothing. */

import type { BackendCapabilities, Submission } from '@wick/core';
import { type ParsedPass, parsePasses } from '../harness/step-list.js';
import type { SubmissionLog } from '../harness/submission-log.js';
import { assert, assertEqual } from '../suite/assert.js';

export type Boundary =
  | 'one pass'
  | 'passes of one submission'
  | 'two submissions of one plan'
  | 'two submissions';

interface Place {
  readonly submission: Submission;
  readonly pass: ParsedPass;
  readonly epoch: number;
}

/** Checks what stands between the commands "first" and "second": what separates them, if and only if they conflict. */
export function checkBoundary(
  boundary: Boundary,
  conflicts: boolean,
  log: SubmissionLog,
  { explicitWaits }: BackendCapabilities,
): void {
  const first = find(log, 'first');
  const second = find(log, 'second');
  // A read of shared memory is no command: then only the result counts.
  if (first === undefined || second === undefined) return;
  const samePass = first.submission === second.submission && first.pass.begin.pass === second.pass.begin.pass;
  if (boundary === 'one pass') {
    assert(samePass, 'the two commands do not share a pass');
    assertEqual(second.epoch - first.epoch, conflicts ? 1 : 0, 'the number of barriers between them');
    return;
  }
  assert(!samePass, 'the two commands share a pass');
  if (!explicitWaits) return;
  if (boundary === 'passes of one submission') {
    assert(first.submission === second.submission, 'the two commands do not share a submission');
    const waits = second.pass.begin.waits.includes(first.pass.begin.pass);
    assertEqual(waits, conflicts, 'that the second pass waits for the first');
    return;
  }
  const { serial } = first.submission;
  assert(serial !== second.submission.serial, 'the two commands share a submission');
  const waits = second.submission.waits.some((wait) => wait.serial === serial);
  const pending = log.pendingAt.get(second.submission.serial)?.includes(serial) ?? false;
  // Nobody need wait for what has completed.
  if (!conflicts || pending) assertEqual(waits, conflicts, 'that the second submission waits for the first');
}

/** Where the command stands whose label is the word, or ends with it. */
function find({ submissions }: SubmissionLog, word: string): Place | undefined {
  for (const submission of submissions) {
    for (const pass of parsePasses(submission.steps)) {
      const epoch = pass.epochs.findIndex(({ commands }) =>
        commands.some(({ step }) => step.label === word || step.label === `read ${word}`),
      );
      if (epoch >= 0) return { submission, pass, epoch };
    }
  }
  return undefined;
}
