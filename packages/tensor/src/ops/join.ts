/** Joining, repeating and padding tensors. */

import { kernels, type PadMode } from '@wick/core';
import type { TensorBase } from '../base.js';
import { fitsDType } from '../encode.js';
import { argumentError, shapeError } from '../fail.js';
import {
  aroundAxis,
  checkShape,
  formatShape,
  normalizeAxis,
  rightAligned,
  rowMajorStrides,
} from '../shape/shape.js';
import { checkWhole } from '../shape/window.js';
import { checkOperands, checkSameDType } from './check.js';
import { strided } from './strided.js';
import { unsqueeze } from './view.js';

/** Tensors that one dispatch of the kernel joins. */
const JOINED_AT_ONCE = 4;

function joinFew<T extends TensorBase>(op: string, first: T, rest: readonly T[], axis: number): T {
  const parts = [first, ...rest].map((x) => {
    const { count, inner } = aroundAxis(x.shape, axis);
    return count * inner;
  });
  const length = [first, ...rest].reduce((sum, x) => sum + x.shape[axis], 0);
  const shape = first.shape.map((own, i) => (i === axis ? length : own));
  const { outer } = aroundAxis(first.shape, axis);
  const [aPart = 0, bPart = 0, cPart = 0, dPart = 0] = parts;
  const [b, c, d] = rest;
  const out = first.create(shape, first.dtype, op);
  out.launch(kernels.concat, {
    bindings: { a: first, b, c, d, out },
    params: { outer, aPart, bPart, cPart, dPart },
    grid: [aPart + bPart + cPart + dPart, outer, 1],
    label: op,
  });
  return out;
}

function joinAll<T extends TensorBase>(op: string, first: T, rest: readonly T[], axis: number): T {
  if (rest.length < JOINED_AT_ONCE) return joinFew(op, first, rest, axis);
  const joined = joinFew(op, first, rest.slice(0, JOINED_AT_ONCE - 1), axis);
  const groups: T[] = [];
  for (let at = JOINED_AT_ONCE - 1; at < rest.length; at += JOINED_AT_ONCE) {
    const [head, ...tail] = rest.slice(at, at + JOINED_AT_ONCE);
    // A lone last tensor is joined one level up as it is.
    if (head !== undefined) groups.push(tail.length === 0 ? head : joinFew(op, head, tail, axis));
  }
  const out = joinAll(op, joined, groups, axis);
  for (const group of [joined, ...groups]) if (!rest.includes(group)) group.dispose();
  return out;
}

/**
 * Joins tensors along `axis`. Equal dtypes, and equal sizes along the other axes: `SHAPE_MISMATCH`.
 * Tensors without elements add nothing; a single one gives a tensor that shares its memory.
 */
export function concat<T extends TensorBase>(tensors: readonly T[], axis = 0): T {
  const op = 'concat';
  const [first, ...rest] = tensors;
  if (first === undefined) throw argumentError(op, 'there is nothing to join');
  checkOperands(op, first, ...rest);
  const at = normalizeAxis(op, axis, first.rank);
  let length = first.shape[at];
  for (const x of rest) {
    checkSameDType(op, first, x);
    if (x.rank !== first.rank || x.shape.some((own, i) => i !== at && own !== first.shape[i])) {
      throw shapeError(
        op,
        `${formatShape(first.shape)} and ${formatShape(x.shape)} differ beside axis ${at}`,
      );
    }
    length += x.shape[at];
  }
  const shape = first.shape.map((own, i) => (i === at ? length : own));
  checkShape(op, shape);
  const [head, ...tail] = tensors.filter((x) => x.size > 0);
  if (head === undefined) return first.create(shape, first.dtype, op);
  return tail.length === 0 ? head.alias(shape) : joinAll(op, head, tail, at);
}

/** Joins tensors of one shape along a new axis. */
export function stack<T extends TensorBase>(tensors: readonly T[], axis = 0): T {
  const rows: T[] = [];
  try {
    for (const x of tensors) rows.push(unsqueeze(x, axis));
    return concat(rows, axis);
  } finally {
    for (const row of rows) row.dispose();
  }
}

/** x repeated `repeats[d]` times along axis d, as numpy's tile; missing entries in front are 1. */
export function tile<T extends TensorBase>(x: T, repeats: readonly number[]): T {
  const op = 'tile';
  checkOperands(op, x);
  for (const count of repeats) checkWhole(op, 'repeats', count);
  const rank = Math.max(x.rank, repeats.length);
  const own = rightAligned(x.shape, 1, rank);
  const times = rightAligned(repeats, 1, rank);
  const result = own.map((length, axis) => length * times[axis]);
  checkShape(op, result);
  const strides = rowMajorStrides(own);
  const copy = strided(
    op,
    x,
    own.flatMap((length, axis) => [times[axis], length]),
    strides.flatMap((stride) => [0, stride]),
  );
  const out = copy.alias(result);
  copy.dispose();
  return out;
}

/** Options of {@link pad}. */
export interface PadOptions {
  /** constant: `value`; replicate: the nearest element; reflect: mirrored without the edge. Default: constant. */
  readonly mode?: PadMode;
  /** Default: 0. */
  readonly value?: number;
}

/**
 * Adds `pads[d] = [before, after]` elements around axis d. `SHAPE_MISMATCH` where reflect needs more
 * than the axis has, or replicate finds no element.
 */
export function pad<T extends TensorBase>(
  x: T,
  pads: readonly (readonly [number, number])[],
  options: PadOptions = {},
): T {
  const op = 'pad';
  const { mode = 'constant', value = 0 } = options;
  checkOperands(op, x);
  if (!fitsDType(value, x.dtype)) throw argumentError(op, `the value ${value} is no ${x.dtype}`);
  if (pads.length !== x.rank)
    throw argumentError(op, `${pads.length} pads for the shape ${formatShape(x.shape)}`);
  const shape = x.shape.map((length, axis) => {
    const [before, after] = pads[axis];
    checkWhole(op, 'pad', before);
    checkWhole(op, 'pad', after);
    const reach = mode === 'reflect' ? length - 1 : mode === 'replicate' && length === 0 ? 0 : before + after;
    if (Math.max(before, after) > Math.max(reach, 0)) {
      throw shapeError(
        op,
        `axis ${axis} of ${formatShape(x.shape)} cannot be padded by [${before}, ${after}] with ${mode}`,
      );
    }
    return length + before + after;
  });
  checkShape(op, shape);
  if (x.size === 0) return x.filled(value, shape, x.dtype, op);
  const out = x.create(shape, x.dtype, op);
  out.launch(kernels.pad, {
    bindings: { x, out },
    params: {
      size: out.size,
      value,
      shape: rightAligned(shape, 1),
      inShape: rightAligned(x.shape, 1),
      before: rightAligned(
        pads.map(([before]) => before),
        0,
      ),
    },
    constants: { mode },
    grid: [out.size, 1, 1],
    label: op,
  });
  return out;
}
