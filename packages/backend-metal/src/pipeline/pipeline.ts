/** A compiled kernel variant. */

import { type Pipeline, WickError } from '@wick/core';
import type { Grid } from '../kernel.js';

export class MetalPipeline implements Pipeline {
  constructor(
    readonly label: string,
    /** The native device's number for it. */
    readonly number: number,
    /** Grid points that one threadgroup covers; see `threadgroupCounts`. */
    readonly tile: number | Grid,
  ) {}
}

/** The pipeline behind the contract's opaque handle; throws for that of another backend. */
export function metalPipeline(pipeline: Pipeline): MetalPipeline {
  if (pipeline instanceof MetalPipeline) return pipeline;
  throw new WickError('INVALID_ARGUMENT', `the pipeline "${pipeline.label}" belongs to another backend`);
}
