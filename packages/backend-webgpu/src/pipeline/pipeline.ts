/** A compiled kernel variant. */

import { type Pipeline, WickError } from '@wick/core';
import { type Grid, type Tile, tileCounts } from '../kernel.js';
import type { Layout } from './layouts.js';

export class WebGpuPipeline implements Pipeline {
  /** The latest answer of `workgroups`: the dispatches of a kernel are often alike. */
  #latest: { readonly grid: Grid; readonly workgroups: Grid } | undefined;

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
    const latest = this.#latest;
    if (latest !== undefined && sameGrid(latest.grid, grid)) return latest.workgroups;
    const workgroups = this.#workgroups(grid, label);
    this.#latest = { grid: [...grid], workgroups };
    return workgroups;
  }

  #workgroups(grid: Grid, label: string): Grid {
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

function sameGrid(a: Grid, b: Grid): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2];
}

/** The pipeline behind the contract's opaque handle; throws for that of another backend. */
export function webGpuPipeline(pipeline: Pipeline): WebGpuPipeline {
  if (pipeline instanceof WebGpuPipeline) return pipeline;
  throw new WickError('INVALID_ARGUMENT', `the pipeline "${pipeline.label}" belongs to another backend`);
}
