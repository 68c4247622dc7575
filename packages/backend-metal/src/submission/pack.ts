/**
 * Packs the steps of one submission into words that the addon reads in one go. What changes between
 * replays is not among them: memory is named by index, parameters by their place in the block.
 */

import type { Step, StepRange } from '@wick/core';
import { type Grid, threadgroupCounts } from '../kernel.js';
import type { PackedSteps } from '../native.js';
import { type MetalPipeline, metalPipeline } from '../pipeline/pipeline.js';
import { NO_MEMORY, OP, VERSION, Words } from './words.js';

/** Kernels that stand for transfers inside compute passes. */
export interface TransferKernels {
  /** Source and destination; parameters: number of words. */
  readonly copy: MetalPipeline;
  /** Destination; parameters: number of words, value. */
  readonly fill: MetalPipeline;
}

/** @param label that of the submission, hence of the command buffer */
export function packSteps(label: string, steps: readonly Step[], transfers: TransferKernels): PackedSteps {
  const packer = new Packer(label, transfers);
  for (const [index, step] of steps.entries()) {
    packer.add(step, step.op === 'beginPass' && (step.kind === 'compute' || hasFill(steps, index)));
  }
  return packer.finish();
}

/** Fills are kernels, whatever the pass: one encoder is open at a time, so its copies are kernels too. */
function hasFill(steps: readonly Step[], begin: number): boolean {
  for (let i = begin; i < steps.length && steps[i].op !== 'endPass'; i++) {
    if (steps[i].op === 'fill') return true;
  }
  return false;
}

class Packer {
  readonly #words = new Words();
  readonly #labels: string[];
  readonly #labelIndex = new Map<string, number>();
  #inCompute = false;

  constructor(
    label: string,
    private readonly transfers: TransferKernels,
  ) {
    this.#labels = [label];
    this.#words.add(VERSION);
  }

  /** @param compute of a pass that begins: whether its encoder is one for compute */
  add(step: Step, compute: boolean): void {
    const words = this.#words;
    switch (step.op) {
      case 'beginPass': {
        const { pass, waits } = step;
        this.#inCompute = compute;
        words.add(OP.begin, this.#inCompute ? 0 : 1, pass, this.#label(step.label), waits.length, ...waits);
        return;
      }
      case 'endPass':
        words.add(OP.end);
        return;
      case 'barrier':
        words.add(OP.barrier, step.memory.length, ...step.memory);
        return;
      case 'dispatch': {
        const { bindings, params, grid } = step;
        const pipeline = metalPipeline(step.pipeline);
        this.#dispatch(step.label, pipeline, grid, bindings, [0, params.offset, params.byteLength]);
        return;
      }
      case 'copy':
        this.#copy(step.label, step.source, step.destination);
        return;
      case 'fill': {
        const { destination, value } = step;
        const count = wordsOf(destination);
        // The value is a bit pattern: a negative number is its complement.
        this.#kernel(step.label, this.transfers.fill, count, [destination], [count, value >>> 0, 0, 0]);
        return;
      }
      case 'upload':
        words.add(OP.upload, this.#label(step.label), step.data);
        this.#range(step.destination);
        return;
      case 'download':
        words.add(OP.download, this.#label(step.label), step.into);
        this.#range(step.source);
        return;
      default:
        step satisfies never;
    }
  }

  finish(): PackedSteps {
    return { words: this.#words.finish(), labels: this.#labels };
  }

  #copy(label: string, source: StepRange, destination: StepRange): void {
    if (this.#inCompute) {
      const count = wordsOf(source);
      this.#kernel(label, this.transfers.copy, count, [source, destination], [count, 0, 0, 0]);
      return;
    }
    this.#words.add(OP.copy, this.#label(label));
    this.#range(source);
    this.#range(destination);
  }

  /** A transfer of `count` words as a dispatch, its parameters among the words. */
  #kernel(
    label: string,
    pipeline: MetalPipeline,
    count: number,
    bindings: readonly StepRange[],
    params: readonly number[],
  ): void {
    this.#dispatch(label, pipeline, [count, 1, 1], bindings, [1, 0, 4 * params.length]);
    this.#words.add(...params);
  }

  #dispatch(
    label: string,
    pipeline: MetalPipeline,
    grid: Grid,
    bindings: readonly (StepRange | undefined)[],
    params: readonly [inline: number, offset: number, byteLength: number],
  ): void {
    const groups = threadgroupCounts(grid, pipeline.tile);
    this.#words.add(OP.dispatch, this.#label(label), pipeline.number, ...groups, ...params, bindings.length);
    for (const binding of bindings) this.#range(binding);
  }

  #range(range: StepRange | undefined): void {
    this.#words.add(range?.memory ?? NO_MEMORY);
    this.#words.addWide(range?.offset ?? 0);
    this.#words.addWide(range?.byteLength ?? 0);
  }

  #label(label: string): number {
    const known = this.#labelIndex.get(label);
    if (known !== undefined) return known;
    const index = this.#labels.push(label) - 1;
    this.#labelIndex.set(label, index);
    return index;
  }
}

/** The tail of a buffer may be odd: its memory is padded, and the padding is moved along. */
function wordsOf({ byteLength }: StepRange): number {
  return Math.ceil(byteLength / 4);
}
