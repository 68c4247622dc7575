/** Slices as numpy takes them, with positive steps. */

import { argumentError } from '../fail.js';
import { formatShape, rowMajorStrides, type Shape } from './shape.js';

/** A slice as a walk over the elements of a row-major tensor. */
export interface Slice {
  readonly shape: number[];
  /** Index of the first element. */
  readonly offset: number;
  readonly strides: number[];
}

/** One bound per axis, the outermost first; null, undefined or a missing one is open. */
export type Bounds = readonly (number | null | undefined)[];

/** A bound as numpy reads it: from the end where negative, then kept inside the axis. */
function resolve(op: string, bound: number, length: number): number {
  if (!Number.isInteger(bound)) throw argumentError(op, `${bound} is no position along an axis`);
  return Math.min(Math.max(bound < 0 ? bound + length : bound, 0), length);
}

/**
 * `x[start:stop:step]` per axis. Bounds beyond the axis are cut, as in numpy.
 * `INVALID_ARGUMENT` for more bounds than axes, fractions, or a step below 1.
 */
export function sliceOf(op: string, shape: Shape, starts: Bounds, stops: Bounds, steps: Bounds): Slice {
  for (const list of [starts, stops, steps]) {
    if (list.length > shape.length) {
      throw argumentError(op, `[${list.join(', ')}] has more entries than the shape ${formatShape(shape)}`);
    }
  }
  const own = rowMajorStrides(shape);
  let offset = 0;
  const strides: number[] = [];
  const sizes = shape.map((length, axis) => {
    const start = resolve(op, starts[axis] ?? 0, length);
    const stop = resolve(op, stops[axis] ?? length, length);
    const step = steps[axis] ?? 1;
    if (!Number.isInteger(step) || step < 1)
      throw argumentError(op, `step ${step} is no whole number from 1`);
    offset += start * own[axis];
    strides.push(step * own[axis]);
    return Math.max(0, Math.ceil((stop - start) / step));
  });
  return { shape: sizes, offset, strides };
}
