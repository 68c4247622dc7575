/** Shapes as plain lists of sizes: counting, checking, strides, axes. */

import { WickError } from '@wick/core';
import { argumentError } from '../fail.js';

/** Sizes of the axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Most axes a tensor may have; the kernels' parameter structs hold eight. */
export const MAX_RANK = 8;

/** Most elements a tensor may have: kernels count them in 32 bits. */
export const MAX_ELEMENTS = 0xffffffff;

/** Product of the sizes; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/**
 * Checks a shape that somebody gave: `INVALID_ARGUMENT` for what is no list, or a size that is no whole
 * number from 0, `LIMIT_EXCEEDED` for more than eight axes or 2^32 - 1 elements.
 */
export function checkShape(op: string, shape: Shape): void {
  const given: unknown = shape; // in JavaScript, options where a shape belongs
  if (!Array.isArray(given))
    throw argumentError(op, `${JSON.stringify(given)} is no shape, as it is no list`);
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw argumentError(op, `${formatShape(shape)} is no shape: ${length} is no whole number from 0`);
    }
  }
  if (shape.length > MAX_RANK) {
    throw new WickError(
      'LIMIT_EXCEEDED',
      `${op}: ${formatShape(shape)} has ${shape.length} axes, at most ${MAX_RANK} are possible`,
    );
  }
  // A zero anywhere makes the product 0, however large the rest.
  const size = shape.includes(0) ? 0 : sizeOf(shape);
  if (size > MAX_ELEMENTS) {
    throw new WickError(
      'LIMIT_EXCEEDED',
      `${op}: ${formatShape(shape)} has ${size} elements, at most ${MAX_ELEMENTS} are possible`,
    );
  }
}

/** Elements between neighbours along each axis of a row-major tensor. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** An axis from 0; negative ones count from the end. `INVALID_ARGUMENT` outside of the rank. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank) {
    throw argumentError(op, `axis ${axis} does not exist in a tensor of ${rank} axes`);
  }
  return normal;
}

/** One axis, several, or null and undefined for all. */
export type Axes = number | readonly number[] | null | undefined;

/** Ascending axes without negatives; `INVALID_ARGUMENT` for one that is absent or given twice. */
export function normalizeAxes(op: string, axes: Axes, rank: number): number[] {
  if (axes === null || axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = typeof axes === 'number' ? [axes] : axes;
  const normal = list.map((axis) => normalizeAxis(op, axis, rank)).sort((a, b) => a - b);
  const twice = normal.find((axis, i) => axis === normal[i + 1]);
  if (twice !== undefined) throw argumentError(op, `axis ${twice} is given twice in [${list.join(', ')}]`);
  return normal;
}

/** The tensor as `[outer, count, inner]` around one axis. */
export function aroundAxis(shape: Shape, axis: number): { outer: number; count: number; inner: number } {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    count: shape[axis],
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/**
 * Resolves a shape in which one size may be -1: the one that makes the number of elements fit.
 * `SHAPE_MISMATCH` when none does.
 */
export function inferShape(op: string, size: number, shape: Shape): Shape {
  const unknown = Array.isArray(shape as unknown) ? shape.indexOf(-1) : -1;
  const known = unknown < 0 ? shape : shape.filter((_, axis) => axis !== unknown);
  checkShape(op, known);
  const rest = sizeOf(known);
  const fits = unknown < 0 ? rest === size : rest > 0 && size % rest === 0;
  if (!fits) {
    throw new WickError(
      'SHAPE_MISMATCH',
      `${op}: ${size} elements do not fit the shape ${formatShape(shape)}`,
    );
  }
  if (unknown < 0) return [...shape];
  return shape.map((length, axis) => (axis === unknown ? size / rest : length));
}

/** Right-aligned in a parameter array of `length` fields, `fill` in front. */
export function rightAligned(values: readonly number[], fill: number, length: number = MAX_RANK): number[] {
  return [...new Array<number>(length - values.length).fill(fill), ...values];
}
