/** Handles that stand for one of each backend. */

import type { Allocation, Pipeline, PipelineRequest, Step, Submission } from '@wick/core';
import { WickError } from '@wick/core';

export class PairAllocation implements Allocation {
  readonly byteLength: number;

  constructor(
    readonly first: Allocation,
    readonly second: Allocation,
  ) {
    this.byteLength = first.byteLength;
  }
}

export class PairPipeline implements Pipeline {
  readonly label: string;

  constructor(
    readonly first: Pipeline,
    readonly second: Pipeline,
    readonly request: PipelineRequest,
  ) {
    this.label = request.key;
  }
}

export type Which = 'first' | 'second';

/** A submission as one of the two backends knows it. */
export function sideOf(submission: Submission, which: Which): Submission {
  return {
    ...submission,
    steps: submission.steps.map((step) => stepOf(step, which)),
    memory: submission.memory.map(({ allocation, offset }) => ({
      allocation: pair(allocation)[which],
      offset,
    })),
    // What the device reads comes from the first one.
    downloads:
      which === 'first'
        ? submission.downloads
        : submission.downloads.map(({ length }) => new Uint8Array(length)),
  };
}

function stepOf(step: Step, which: Which): Step {
  return step.op === 'dispatch' ? { ...step, pipeline: pairPipeline(step.pipeline)[which] } : step;
}

function pair(allocation: Allocation): PairAllocation {
  if (allocation instanceof PairAllocation) return allocation;
  throw new WickError('INVALID_ARGUMENT', 'the allocation belongs to another backend');
}

/** The pipelines behind the handle; throws for that of another backend. */
export function pairPipeline(pipeline: Pipeline): PairPipeline {
  if (pipeline instanceof PairPipeline) return pipeline;
  throw new WickError('INVALID_ARGUMENT', `the pipeline "${pipeline.label}" belongs to another backend`);
}
