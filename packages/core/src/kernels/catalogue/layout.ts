/** Kernels that move elements. Shapes have eight axes, right-aligned with leading ones. */

import { catalogueKernel } from '../contract.js';

const ANY = ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'] as const;
const input = { access: 'read', dtypes: ANY } as const;
const optional = { access: 'read', dtypes: ANY, optional: true } as const;
const output = { access: 'write', dtypes: ANY } as const;

export const PAD_MODES = ['constant', 'replicate', 'reflect'] as const;
export type PadMode = (typeof PAD_MODES)[number];

/**
 * out[i] = x[offset + sum of coordinate * stride], i row-major over shape; strides in elements. Makes
 * permute, slice, expand and pixel shuffles. Grid: [size, 1, 1].
 */
export const stridedCopy = catalogueKernel({
  name: 'strided_copy',
  bindings: { x: input, out: output },
  params: { size: 'u32', offset: 'u32', shape: 'u32x8', strides: 'i32x8' },
});

/**
 * out at coordinate c is x at c - before where that lies inside inShape; outside: `value` (cast to the
 * dtype), the nearest element, or the mirror image without the edge, which must not be wider than inShape -
 * 1. Grid: [size, 1, 1].
 */
export const pad = catalogueKernel({
  name: 'pad',
  bindings: { x: input, out: output },
  params: { size: 'u32', value: 'f32', shape: 'u32x8', inShape: 'u32x8', before: 'u32x8' },
  constants: { mode: PAD_MODES },
});

/**
 * Joins two to four tensors viewed as [outer, part]: out[o] is a[o], b[o], c[o], d[o] one after the other.
 * Grid: [aPart + bPart + cPart + dPart, outer, 1].
 */
export const concat = catalogueKernel({
  name: 'concat',
  bindings: { a: input, b: input, c: optional, d: optional, out: output },
  params: { outer: 'u32', aPart: 'u32', bPart: 'u32', cPart: 'u32', dPart: 'u32' },
});
