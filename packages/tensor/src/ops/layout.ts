/** How the axes of queries, keys and values are ordered. */

import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { formatShape, type Shape } from '../shape/shape.js';

/**
 * Order of the axes of a tensor of heads: `bhld` is [batch, heads, length, size], `blhd`
 * [batch, length, heads, size], which is how a dense layer leaves them.
 */
export type HeadLayout = 'bhld' | 'blhd';

/** A tensor of heads by name, with the strides of batch, head and position in elements. */
export interface Heads {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  readonly size: number;
  readonly strides: readonly [number, number, number];
}

/** `SHAPE_MISMATCH` unless x has the four axes of the layout. */
export function headsOf(op: string, name: string, x: TensorBase, layout: HeadLayout): Heads {
  const [batch, second, third, size] = x.shape;
  if (x.rank !== 4) {
    const axes = layout === 'bhld' ? '[batch, heads, length, size]' : '[batch, length, heads, size]';
    throw shapeError(op, `${name} is ${formatShape(x.shape)}, but must be ${axes}`);
  }
  const whole = second * third * size;
  return layout === 'bhld'
    ? { batch, heads: second, length: third, size, strides: [whole, third * size, size] }
    : { batch, heads: third, length: second, size, strides: [whole, size, third * size] };
}

/** The shape of a tensor of heads in a layout. */
export function headsShape(
  layout: HeadLayout,
  batch: number,
  heads: number,
  length: number,
  size: number,
): Shape {
  return layout === 'bhld' ? [batch, heads, length, size] : [batch, length, heads, size];
}
