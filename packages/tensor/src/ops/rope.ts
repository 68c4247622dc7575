/** Rotary position embedding. */

import { kernels, type RopeStyle } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError, shapeError } from '../fail.js';
import { formatShape } from '../shape/shape.js';
import { checkDType, checkOperands, checkPositive, checkRank, FLOATS } from './check.js';
import { type HeadLayout, headsOf } from './layout.js';

/** Options of {@link rope}. */
export interface RopeOptions<T> {
  /**
   * Which elements turn together: `half` is (x[i], x[i + rotary / 2]) as in Hugging Face checkpoints,
   * `interleaved` (x[2i], x[2i + 1]) as in GGUF files of Llama. Default: half.
   */
  readonly style?: RopeStyle;
  /** Default: `bhld`. */
  readonly layout?: HeadLayout;
  /**
   * float32 [rotary / 2]: the angle of pair i at position p is p * frequencies[i]. Elements from `rotary`
   * on pass through. Default: made from `theta`, which costs an upload at every call.
   */
  readonly frequencies?: T | undefined;
  /** frequency i = theta^(-2i / size). Default: 10000. */
  readonly theta?: number;
}

/** theta^(-2i / size) for i < size / 2, rounded to float32. Su et al. 2021. */
export function ropeFrequencies(size: number, theta = 10000): Float32Array {
  if (!Number.isInteger(size) || size < 0 || size % 2 !== 0) {
    throw argumentError('rope', `${size} elements of a head do not divide into pairs`);
  }
  checkPositive('rope', 'theta', theta);
  return Float32Array.from({ length: size / 2 }, (_, i) => theta ** ((-2 * i) / size));
}

/**
 * Turns pairs of elements of every head by an angle that grows with the position: (a, b) becomes
 * (a cos - b sin, a sin + b cos). x is [batch, heads, length, size] or, with layout `blhd`, [batch,
 * length, heads, size]; positions is int32 [length]. Floats. Su et al. 2021.
 */
export function rope<T extends TensorBase>(x: T, positions: T, options: RopeOptions<T> = {}): T {
  const op = 'rope';
  const { style = 'half', layout = 'bhld', frequencies, theta = 10000 } = options;
  checkOperands(op, x, positions, frequencies);
  checkDType(op, 'x', x, FLOATS);
  checkDType(op, 'positions', positions, ['int32']);
  checkRank(op, 'positions', positions, 1, '[length]');
  const { batch, heads, length, size, strides } = headsOf(op, 'x', x, layout);
  if (positions.size !== length) {
    throw shapeError(op, `${positions.size} positions for the length ${length} of x ${formatShape(x.shape)}`);
  }
  if (frequencies !== undefined) {
    checkDType(op, 'frequencies', frequencies, ['float32']);
    checkRank(op, 'frequencies', frequencies, 1, '[rotary / 2]');
    if (2 * frequencies.size > size) {
      throw shapeError(op, `${frequencies.size} frequencies turn more than the ${size} elements of a head`);
    }
  }
  const made = frequencies === undefined ? ropeFrequencies(size, theta) : undefined;
  if (frequencies?.size === 0 || made?.length === 0) return x.alias(x.shape);
  const own = made === undefined ? undefined : x.constant(made, [made.length], 'float32', 'rope frequencies');
  const table = frequencies ?? own;
  const out = x.create(x.shape, x.dtype, op);
  out.launch(kernels.rope, {
    bindings: { x, positions, frequencies: table, out },
    params: { batch, heads, length, size, rotary: 2 * (table?.size ?? 0), strides: [...strides] },
    constants: { style },
    grid: [heads * size, length, batch],
    label: op,
  });
  own?.dispose();
  return out;
}
