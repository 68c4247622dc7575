/** Byte ranges of a submission's memory table. */

import type { StepRange, Submission } from '@wick/core';
import type { Report } from './violation.js';

/** Whether a range lies inside its allocation; the other rules rely on that. */
export function checkRange(
  { memory, offset, byteLength }: StepRange,
  submission: Submission,
  report: Report,
): boolean {
  const entry = submission.memory[memory];
  if (entry === undefined) {
    report('range', `names memory ${memory} of ${submission.memory.length}`);
    return false;
  }
  const start = entry.offset + offset;
  const fits =
    [entry.offset, offset, byteLength].every((n) => Number.isSafeInteger(n) && n >= 0) &&
    byteLength > 0 &&
    start + byteLength <= entry.allocation.byteLength;
  if (!fits) {
    report('range', `bytes ${start} to ${start + byteLength} of ${entry.allocation.byteLength}`);
  }
  return fits;
}

/** Where a range begins inside its allocation. */
export function startOf({ memory, offset }: StepRange, submission: Submission): number {
  return submission.memory[memory].offset + offset;
}

/** Whether two ranges share a byte. */
export function overlap(a: StepRange, b: StepRange, submission: Submission): boolean {
  const [startA, startB] = [startOf(a, submission), startOf(b, submission)];
  return sameAllocation(a, b, submission) && startA < startB + b.byteLength && startB < startA + a.byteLength;
}

export function sameAllocation(a: StepRange, b: StepRange, { memory }: Submission): boolean {
  return memory[a.memory].allocation === memory[b.memory].allocation;
}
