/** Reductions, shapes and indexing as methods; what each does is written on the function of the same name. */

import * as indexing from '../ops/indexing.js';
import * as join from '../ops/join.js';
import * as pixels from '../ops/pixels.js';
import * as reduce from '../ops/reduce.js';
import * as scan from '../ops/scan.js';
import * as view from '../ops/view.js';
import type { Axes, Shape } from '../shape/shape.js';
import type { Bounds } from '../shape/slice.js';
import { ElementwiseMethods } from './elementwise.js';

type ReduceOptions = reduce.ReduceOptions;

export abstract class LayoutMethods extends ElementwiseMethods {
  sum(axes?: Axes, options?: ReduceOptions): this {
    return reduce.sum(this, axes, options);
  }
  mean(axes?: Axes, options?: ReduceOptions): this {
    return reduce.mean(this, axes, options);
  }
  max(axes?: Axes, options?: ReduceOptions): this {
    return reduce.max(this, axes, options);
  }
  min(axes?: Axes, options?: ReduceOptions): this {
    return reduce.min(this, axes, options);
  }
  prod(axes?: Axes, options?: ReduceOptions): this {
    return reduce.prod(this, axes, options);
  }
  argmax(axis?: number | null, options?: ReduceOptions): this {
    return reduce.argmax(this, axis, options);
  }
  argmin(axis?: number | null, options?: ReduceOptions): this {
    return reduce.argmin(this, axis, options);
  }
  cumsum(axis: number): this {
    return scan.cumsum(this, axis);
  }
  softmax(axis?: number): this {
    return scan.softmax(this, axis);
  }
  logSoftmax(axis?: number): this {
    return scan.logSoftmax(this, axis);
  }
  reshape(shape: Shape): this {
    return view.reshape(this, shape);
  }
  flatten(start?: number, end?: number): this {
    return view.flatten(this, start, end);
  }
  squeeze(axes?: number | readonly number[]): this {
    return view.squeeze(this, axes);
  }
  unsqueeze(axis: number): this {
    return view.unsqueeze(this, axis);
  }
  permute(axes: readonly number[]): this {
    return view.permute(this, axes);
  }
  transpose(first?: number, second?: number): this {
    return view.transpose(this, first, second);
  }
  expand(shape: Shape): this {
    return view.expand(this, shape);
  }
  slice(starts: Bounds, stops?: Bounds, steps?: Bounds): this {
    return view.slice(this, starts, stops, steps);
  }
  narrow(axis: number, start: number, length: number): this {
    return view.narrow(this, axis, start, length);
  }
  split(parts: number | readonly number[], axis?: number): this[] {
    return view.split(this, parts, axis);
  }
  flip(axes?: number | readonly number[]): this {
    return view.flip(this, axes);
  }
  tile(repeats: readonly number[]): this {
    return join.tile(this, repeats);
  }
  pad(pads: readonly (readonly [number, number])[], options?: join.PadOptions): this {
    return join.pad(this, pads, options);
  }
  pixelShuffle(factor: number): this {
    return pixels.pixelShuffle(this, factor);
  }
  pixelUnshuffle(factor: number): this {
    return pixels.pixelUnshuffle(this, factor);
  }
  gather(axis: number, index: this): this {
    return indexing.gather(this, axis, index);
  }
  indexSelect(axis: number, index: this): this {
    return indexing.indexSelect(this, axis, index);
  }
  scatterAdd(axis: number, index: this, source: this): this {
    return indexing.scatterAdd(this, axis, index, source);
  }
  /** Writes `source` into this tensor, in place. */
  writeRows(source: this, position: indexing.RowPosition, axis?: number): void {
    indexing.writeRows(this, source, position, axis);
  }
}
