/**
 * Random tensors from a counter (Philox 4x32-10, Salmon et al. 2011): the same seed, offset and shape give
 * the same bits on every backend.
 */

import { type Device, kernels, NORMAL_TABLE, type RandomKind } from '@wick/core';
import { allocate } from './base.js';
import { argumentError } from './fail.js';
import { checkShape, type Shape } from './shape/shape.js';
import { checkWhole } from './shape/window.js';
import { Tensor } from './tensor.js';

/** Where in which stream of random words a tensor begins. */
export interface RandomOptions {
  /** A whole number below 2^53, or a 64-bit bigint. */
  readonly seed: number | bigint;
  /** Blocks of four words to pass over, below 2^32: n elements take ceil(n / 4). Default: 0. */
  readonly offset?: number;
  readonly label?: string;
}

function seedWords(op: string, seed: number | bigint): readonly [number, number] {
  if (typeof seed === 'number' && (!Number.isSafeInteger(seed) || seed < 0)) {
    throw argumentError(op, `the seed ${seed} is no whole number below 2^53`);
  }
  const wide = BigInt(seed);
  if (wide < 0n || wide >= 1n << 64n) throw argumentError(op, `the seed ${wide} is no 64-bit number`);
  return [Number(wide & 0xffffffffn), Number(wide >> 32n)];
}

function random(kind: RandomKind, device: Device, shape: Shape, options: RandomOptions): Tensor {
  const label = options.label ?? `random ${kind}`;
  const { offset = 0 } = options;
  checkShape(label, shape);
  checkWhole(label, 'offset', offset);
  const [seedLow, seedHigh] = seedWords(label, options.seed);
  const out = new Tensor(allocate(device, shape, kind === 'bits' ? 'uint32' : 'float32', label));
  const table =
    kind === 'normal'
      ? out.constant(NORMAL_TABLE, [NORMAL_TABLE.length], 'int32', 'normal table')
      : undefined;
  try {
    out.launch(kernels.random, {
      bindings: { table, out },
      params: { size: out.size, seedLow, seedHigh, offset },
      constants: { kind },
      grid: [out.size, 1, 1],
      label,
    });
  } finally {
    table?.dispose();
  }
  return out;
}

/** float32, evenly spread over [0, 1) in steps of 2^-24. */
export const randomUniform = (device: Device, shape: Shape, options: RandomOptions): Tensor =>
  random('uniform', device, shape, options);

/** float32 standard normals. */
export const randomNormal = (device: Device, shape: Shape, options: RandomOptions): Tensor =>
  random('normal', device, shape, options);

/** uint32, every bit random. */
export const randomBits = (device: Device, shape: Shape, options: RandomOptions): Tensor =>
  random('bits', device, shape, options);
