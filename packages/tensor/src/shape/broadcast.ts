/** Broadcasting as numpy defines it, and the smallest loop nest that walks broadcast operands. */

import { shapeError } from '../fail.js';
import { formatShape, rowMajorStrides, type Shape, sameShape } from './shape.js';

/** The shape that all of `shapes` broadcast to; `SHAPE_MISMATCH` names them all when there is none. */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const [first] = shapes;
  if (first !== undefined && shapes.every((shape) => sameShape(shape, first))) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    shape.forEach((length, i) => {
      const before = result[lead + i];
      if (before === 1) result[lead + i] = length;
      else if (length !== 1 && length !== before) {
        throw shapeError(op, `the shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
      }
    });
  }
  return result;
}

/** Strides of a row-major tensor seen as `target`, which its shape must broadcast to: 0 where repeated. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = rowMajorStrides(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]));
}

/** A loop nest: its sizes, and for each operand its strides. */
export interface LoopNest {
  readonly shape: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/**
 * Drops axes of size 1 and merges neighbouring axes wherever every operand can step through both at
 * one stride. The elements are visited in the same order.
 */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): LoopNest {
  const sizes: number[] = [];
  const merged: number[][] = strides.map(() => []);
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const last = sizes.length - 1;
    const joins = last >= 0 && strides.every((own, i) => merged[i][last] === own[axis] * length);
    if (joins) sizes[last] *= length;
    else sizes.push(length);
    strides.forEach((own, i) => {
      merged[i][sizes.length - 1] = own[axis];
    });
  });
  return { shape: sizes, strides: merged };
}

/** Whether operand `index` of a collapsed nest is one unbroken run. */
export function isUnbroken(nest: LoopNest, index: number): boolean {
  return nest.shape.length === 0 || (nest.shape.length === 1 && nest.strides[index][0] === 1);
}
