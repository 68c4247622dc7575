/** Submissions cut into slices of commands, and what a command reads and writes, with names and dtypes. */

import type { Access, DType, PipelineRequest, Step, StepRange, Submission } from '@wick/core';
import type { CommandStep } from '../harness/step-list.js';
import type { Slice } from './side.js';

/** A range that a command uses. */
export interface NamedRange {
  readonly name: string;
  readonly access: Access;
  readonly dtype: DType;
  readonly range: StepRange;
}

/** The ranges of device memory that a command touches. */
export function rangesOf(step: CommandStep, request: PipelineRequest | undefined): NamedRange[] {
  const bytes = (name: string, access: Access, range: StepRange): NamedRange => ({
    name,
    access,
    dtype: range.byteLength % 4 === 0 ? 'uint32' : 'uint8',
    range,
  });
  switch (step.op) {
    case 'dispatch':
      return (request?.kernel.bindings ?? []).flatMap(({ name, access }, i) => {
        const range = step.bindings[i];
        const dtype = request?.dtypes[i];
        return range === undefined || dtype === undefined ? [] : [{ name, access, dtype, range }];
      });
    case 'copy':
      return [bytes('source', 'read', step.source), bytes('destination', 'write', step.destination)];
    case 'fill':
    case 'upload':
      return [bytes('destination', 'write', step.destination)];
    case 'download':
      return [bytes('source', 'read', step.source)];
    default:
      return step satisfies never;
  }
}

/** The positions of the commands of a step list. */
export function commandsOf(steps: readonly Step[]): number[] {
  return steps.flatMap((step, i) => ('command' in step ? [i] : []));
}

/** The command at `index` alone, in a pass of the kind that it stood in. */
export function single(submission: Submission, index: number): Slice {
  const begin = submission.steps.slice(0, index).findLast((step) => step.op === 'beginPass');
  const steps: Step[] = [
    { op: 'beginPass', kind: 'compute', label: submission.label, ...begin, pass: 0, waits: [] },
    submission.steps[index],
    { op: 'endPass' },
  ];
  return { ...submission, steps };
}

/** Everything up to and including the command at `index`. */
export function prefix(submission: Submission, index: number): Slice {
  return { ...submission, steps: [...submission.steps.slice(0, index + 1), { op: 'endPass' }] };
}
