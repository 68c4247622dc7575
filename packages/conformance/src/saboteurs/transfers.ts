/** Transfers that do not move what they should. */

import type { Step, StepRange } from '@wick/core';
import type { Saboteur } from '../suite/stack.js';
import { rewriting } from './rewriting.js';

/** Copies are rounded down to 16 bytes: the tail of a buffer stays behind. */
export const shortCopies: Saboteur = {
  name: 'copies without their tail',
  wrap: rewriting((submission) => ({
    ...submission,
    steps: submission.steps.map((step): Step => {
      if (step.op !== 'copy' || step.source.byteLength < 16) return step;
      return { ...step, source: shortened(step.source), destination: shortened(step.destination) };
    }),
  })),
};

function shortened(range: StepRange): StepRange {
  return { ...range, byteLength: range.byteLength - (range.byteLength % 16) };
}

/** Only the lowest byte of a fill's value is used, as by a platform that fills bytes. */
export const byteFills: Saboteur = {
  name: 'fills with one byte',
  wrap: rewriting((submission) => ({
    ...submission,
    steps: submission.steps.map((step) =>
      step.op === 'fill' ? { ...step, value: (step.value & 0xff) * 0x01010101 } : step,
    ),
  })),
};
