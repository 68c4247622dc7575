/** Sizes of convolutions and pools. */

import { argumentError, shapeError } from '../fail.js';

/** One value for both axes, or one for each: rows first. */
export type Pair = number | readonly [number, number];

/** Zero padding: one value for all sides, [rows, columns], or [top, bottom, left, right]. */
export type Padding2d = Pair | readonly [number, number, number, number];

/** Checks that a value is a whole number from `least`. */
export function checkWhole(op: string, name: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw argumentError(op, `${name} is ${value}, not a whole number from ${least}`);
  }
}

export function pairOf(op: string, name: string, value: Pair, least: number): readonly [number, number] {
  const pair = typeof value === 'number' ? ([value, value] as const) : value;
  for (const entry of pair) checkWhole(op, name, entry, least);
  return pair;
}

/** Padding as [top, bottom, left, right]. */
export function paddingOf(op: string, value: Padding2d): readonly [number, number, number, number] {
  const list: readonly number[] = typeof value === 'number' ? [value, value] : value;
  if (list.length !== 2 && list.length !== 4)
    throw argumentError(op, `padding has ${list.length} values, not 2 or 4`);
  for (const entry of list) checkWhole(op, 'padding', entry);
  const [first = 0, second = 0, third, fourth] = list;
  if (third === undefined || fourth === undefined) return [first, first, second, second];
  return [first, second, third, fourth];
}

/** One axis of a convolution or a pool. */
export interface WindowAxis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

/** floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1; `SHAPE_MISMATCH` when none fits. */
export function windowCount(op: string, axis: WindowAxis): number {
  const room = axis.size + axis.before + axis.after - axis.dilation * (axis.kernel - 1) - 1;
  if (room < 0 || axis.kernel < 1) {
    throw shapeError(
      op,
      `a window of ${axis.kernel} at dilation ${axis.dilation} does not fit ${axis.size} elements padded by ${axis.before} and ${axis.after}`,
    );
  }
  return Math.floor(room / axis.stride) + 1;
}

/** (size - 1) * stride - padding + dilation * (kernel - 1) + extra + 1, the inverse of windowCount. */
export function transposedCount(op: string, axis: WindowAxis, extra: number): number {
  const count =
    (axis.size - 1) * axis.stride - axis.before - axis.after + axis.dilation * (axis.kernel - 1) + extra + 1;
  if (count < 1 || axis.kernel < 1 || axis.size < 1) {
    throw shapeError(
      op,
      `${axis.size} elements under a kernel of ${axis.kernel} with padding ${axis.before} and ${axis.after} leave no output`,
    );
  }
  return count;
}
