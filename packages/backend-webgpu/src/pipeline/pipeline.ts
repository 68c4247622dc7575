/** A compiled kernel variant. */

import { type Pipeline, WickError } from '@wick/core';
import { type Grid, type Tile, tileCounts } from '../kernel.js';
import type { Layout } from './layouts.js';

export class WebGpuPipeline implements Pipeline {
  constructor(
    readonly label: string,
    readonly handle: GPUComputePipeline,
    readonly layout: Layout,
    /** Grid points that one workgroup covers. */
    readonly tile: Tile,
    /** Whether its shader takes workgroups in any folding, or needs them along x, y and z. */
    private readonly folds: boolean,
    /** Most workgroups along one dimension. */
    private readonly most: number,
  ) {}

  /** Workgroups along x, y and z that cover a grid. Throws `LIMIT_EXCEEDED` where they do not fit. */
  workgroups(grid: Grid, label: string): Grid {
    const [x, y, z] = tileCounts(grid, this.tile);
    if (x <= this.most && y <= this.most && z <= this.most) return [x, y, z];
    const count = x * y * z;
    const rows = Math.ceil(count / this.most);
    const planes = Math.ceil(rows / this.most);
    if (!this.folds || planes > this.most) {
      throw new WickError(
        'LIMIT_EXCEEDED',
        `"${label}" needs ${x} x ${y} x ${z} workgroups; the limit is ${this.most} along each dimension`,
        { label },
      );
    }
    // As even as can be: the shader leaves out those beyond the last.
    const height = Math.ceil(rows / planes);
    return [Math.ceil(count / (height * planes)), height, planes];
  }
}

/** The pipeline behind the contract's opaque handle; throws for that of another backend. */
export function webGpuPipeline(pipeline: Pipeline): WebGpuPipeline {
  if (pipeline instanceof WebGpuPipeline) return pipeline;
  throw new WickError('INVALID_ARGUMENT', `the pipeline "${pipeline.label}" belongs to another backend`);
}
