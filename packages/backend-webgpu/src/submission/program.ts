/**
 * A program: the steps of one submission, checked and laid out once, so that a replay of the same steps
 * is one walk over a flat list. The memory that it runs on comes with each submission.
 */

import type { MemoryEntry, Step, StepRange, Submission } from '@wick/core';
import type { Grid } from '../kernel.js';
import { gpuAllocation } from '../memory.js';
import { type WebGpuPipeline, webGpuPipeline } from '../pipeline/pipeline.js';
import type { BindGroups } from './bind-groups.js';
import type { ParamsBuffer } from './params.js';

type DispatchStep = Extract<Step, { op: 'dispatch' }>;

export type ProgramOp =
  | { readonly op: 'beginCompute'; readonly label: string }
  | { readonly op: 'endCompute' }
  /** The step as it is: most steps are dispatches, and most plans are carried out once. */
  | DispatchStep
  | { readonly op: 'copy'; readonly source: StepRange; readonly destination: StepRange }
  | { readonly op: 'clear'; readonly destination: StepRange }
  /** Copies bytes that the queue put into staging memory before the command buffer begins. */
  | {
      readonly op: 'fromStaging';
      readonly destination: StepRange;
      readonly staging: number;
      /** Length of what lies in staging memory; it is repeated until the destination is full. */
      readonly period: number;
    }
  | { readonly op: 'toStaging'; readonly source: StepRange; readonly staging: number };

/** What the queue writes before the command buffer begins. */
export type ProgramWrite =
  /** Straight into memory: nothing of this submission comes before it. */
  | { readonly kind: 'memory'; readonly data: number; readonly destination: StepRange }
  | { readonly kind: 'staging'; readonly data: number; readonly offset: number }
  | { readonly kind: 'pattern'; readonly pattern: Uint32Array<ArrayBuffer>; readonly offset: number };

/** Bytes of a fill's pattern at most; longer fills copy it again and again. */
const PATTERN_BYTES = 2 ** 20;
/** Sets of memory that a program remembers its bind groups for: double buffering needs two. */
const REMEMBERED = 4;

interface BoundGroups {
  readonly memory: readonly MemoryEntry[];
  readonly params: ParamsBuffer['id'];
  readonly groups: readonly GPUBindGroup[];
}

export class Program {
  readonly ops: readonly ProgramOp[];
  readonly writes: readonly ProgramWrite[];
  /** Of each dispatch, in their order. */
  readonly pipelines: readonly WebGpuPipeline[];
  readonly workgroups: readonly Grid[];
  /** Offset of each download in the staging memory for reads. */
  readonly downloads: readonly number[];
  readonly uploadStagingBytes: number;
  readonly downloadStagingBytes: number;
  readonly computePasses: number;
  /** Most recently used first. */
  readonly #bound: BoundGroups[] = [];

  constructor(steps: readonly Step[]) {
    const builder = new ProgramBuilder();
    for (const step of steps) builder.add(step);
    this.ops = builder.ops;
    this.writes = builder.writes;
    this.pipelines = builder.pipelines;
    this.workgroups = builder.workgroups;
    this.downloads = builder.downloads;
    this.uploadStagingBytes = builder.uploadStagingBytes;
    this.downloadStagingBytes = builder.downloadStagingBytes;
    this.computePasses = builder.computePasses;
  }

  /** A bind group for each dispatch, on the memory of a submission. */
  groups({ memory }: Submission, params: ParamsBuffer, cache: BindGroups): readonly GPUBindGroup[] {
    const known = this.#bound.findIndex(
      (bound) => bound.params === params.id && sameMemory(bound.memory, memory),
    );
    if (known === 0) return this.#bound[0].groups;
    const bound =
      known > 0 ? this.#bound.splice(known, 1)[0] : this.#bind(memory, params, cache, this.#bound[0]);
    this.#bound.unshift(bound);
    this.#bound.length = Math.min(this.#bound.length, REMEMBERED);
    return bound.groups;
  }

  /** Looks up the groups that differ from those of `like`. */
  #bind(
    memory: readonly MemoryEntry[],
    params: ParamsBuffer,
    cache: BindGroups,
    like: BoundGroups | undefined,
  ): BoundGroups {
    const keep = like !== undefined && like.params === params.id;
    const changed = keep ? memory.map((entry, i) => !sameEntry(like.memory[i], entry)) : [];
    const groups: GPUBindGroup[] = [];
    for (const op of this.ops) {
      if (op.op !== 'dispatch') continue;
      const { bindings } = op;
      const i = groups.length;
      const stale = !keep || bindings.some((range) => range !== undefined && changed[range.memory]);
      groups.push(stale ? cache.get(this.pipelines[i], bindings, memory, params) : like.groups[i]);
    }
    return { memory, params: params.id, groups };
  }
}

function sameEntry(a: MemoryEntry | undefined, b: MemoryEntry): boolean {
  return a === b || (a !== undefined && a.allocation === b.allocation && a.offset === b.offset);
}

function sameMemory(a: readonly MemoryEntry[], b: readonly MemoryEntry[]): boolean {
  for (let i = 0; i < b.length; i++) if (!sameEntry(a[i], b[i])) return false;
  return a.length === b.length;
}

class ProgramBuilder {
  readonly ops: ProgramOp[] = [];
  readonly writes: ProgramWrite[] = [];
  readonly downloads: number[] = [];
  readonly pipelines: WebGpuPipeline[] = [];
  readonly workgroups: Grid[] = [];
  uploadStagingBytes = 0;
  downloadStagingBytes = 0;
  computePasses = 0;
  #inCompute = false;
  /** Whether nothing but uploads was met so far. */
  #leading = true;

  add(step: Step): void {
    switch (step.op) {
      case 'beginPass':
        this.#inCompute = step.kind === 'compute';
        if (!this.#inCompute) return;
        this.ops.push({ op: 'beginCompute', label: step.label });
        this.computePasses++;
        return;
      case 'endPass':
        if (this.#inCompute) this.ops.push({ op: 'endCompute' });
        this.#inCompute = false;
        return;
      case 'barrier':
        return; // WebGPU puts its own
      case 'upload':
        this.#addUpload(step);
        return;
      default:
        this.#leading = false;
        this.ops.push(this.#command(step));
    }
  }

  #command(step: Extract<Step, { op: 'dispatch' | 'copy' | 'fill' | 'download' }>): ProgramOp {
    switch (step.op) {
      case 'dispatch': {
        const pipeline = webGpuPipeline(step.pipeline);
        this.pipelines.push(pipeline);
        this.workgroups.push(pipeline.workgroups(step.grid, step.label));
        return step;
      }
      case 'copy':
        return { op: 'copy', source: step.source, destination: step.destination };
      case 'fill': {
        const { destination, value } = step;
        if (value === 0) return { op: 'clear', destination };
        const period = Math.min(destination.byteLength, PATTERN_BYTES);
        const staging = this.#stageUpload(period);
        const pattern = new Uint32Array(period / 4).fill(value);
        this.writes.push({ kind: 'pattern', pattern, offset: staging });
        return { op: 'fromStaging', destination, staging, period };
      }
      case 'download': {
        const staging = this.downloadStagingBytes;
        this.downloads[step.into] = staging;
        this.downloadStagingBytes += padded(step.source.byteLength);
        return { op: 'toStaging', source: step.source, staging };
      }
      default:
        return step satisfies never;
    }
  }

  #addUpload({ destination, data }: Extract<Step, { op: 'upload' }>): void {
    if (this.#leading) {
      this.writes.push({ kind: 'memory', data, destination });
      return;
    }
    const period = padded(destination.byteLength);
    const staging = this.#stageUpload(period);
    this.writes.push({ kind: 'staging', data, offset: staging });
    this.ops.push({ op: 'fromStaging', destination, staging, period });
  }

  #stageUpload(byteLength: number): number {
    const offset = this.uploadStagingBytes;
    this.uploadStagingBytes += byteLength;
    return offset;
  }
}

/** The tail of a buffer may be odd, and is copied with its padding. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / 4) * 4;
}

/** A range of the memory table as WebGPU wants it. */
export function resolve(
  { memory: index, offset }: StepRange,
  memory: readonly MemoryEntry[],
): { readonly buffer: GPUBuffer; readonly offset: number } {
  const entry = memory[index];
  return { buffer: gpuAllocation(entry.allocation).buffer, offset: entry.offset + offset };
}
