/** Reductions, scans and softmax. `[outer, count, inner]` views a tensor around the axis in question. */

import { catalogueKernel } from '../contract.js';

export const REDUCE_OPS = ['sum', 'mean', 'max', 'min', 'prod'] as const;
export type ReduceOp = (typeof REDUCE_OPS)[number];

const FLOATS = ['float32', 'float16'] as const;
const NUMBERS = ['float32', 'float16', 'int32', 'uint32'] as const;

/**
 * out[i] = op over `count` elements of x; NaN wins in max and min; an empty sum is 0, prod 1, mean NaN, max
 * -Inf, min +Inf (the least and greatest value of an integer). Integer sums and products wrap at 32 bits;
 * integers have no mean. Layout `rows`: x is [outputs, count]. Layout `strided`: output i stands at
 * keptShape/keptStrides, its elements at reducedShape/reducedStrides (eight axes each, right-aligned,
 * leading ones). Grid: [outputs, 1, 1].
 */
export const reduce = catalogueKernel({
  name: 'reduce',
  bindings: { x: { access: 'read', dtypes: NUMBERS }, out: { access: 'write', dtypes: NUMBERS } },
  params: {
    outputs: 'u32',
    count: 'u32',
    keptShape: 'u32x8',
    keptStrides: 'u32x8',
    reducedShape: 'u32x8',
    reducedStrides: 'u32x8',
  },
  constants: { op: REDUCE_OPS, layout: ['rows', 'strided'] },
});

/**
 * out[o, i] = index of the largest or smallest x[o, :, i]; the first of equals; the first NaN wins. Grid:
 * [inner, outer, 1].
 */
export const argReduce = catalogueKernel({
  name: 'arg_reduce',
  bindings: { x: { access: 'read', dtypes: NUMBERS }, out: { access: 'write', dtypes: ['int32'] } },
  params: { outer: 'u32', count: 'u32', inner: 'u32' },
  constants: { op: ['argmax', 'argmin'] },
});

/** out[o, j, i] = sum of x[o, 0..j, i]. Grid: [inner, outer, 1]. */
export const cumsum = catalogueKernel({
  name: 'cumsum',
  bindings: { x: { access: 'read', dtypes: NUMBERS }, out: { access: 'write', dtypes: NUMBERS } },
  params: { outer: 'u32', count: 'u32', inner: 'u32' },
});

/**
 * out[o, j, i] = exp(x[o, j, i] - m) / sum over j, m the maximum over j; or its logarithm where `log`. A
 * line of only -Inf gives NaN. Grid: [inner, outer, 1].
 */
export const softmax = catalogueKernel({
  name: 'softmax',
  bindings: { x: { access: 'read', dtypes: FLOATS }, out: { access: 'write', dtypes: FLOATS } },
  params: { outer: 'u32', count: 'u32', inner: 'u32' },
  constants: { log: [false, true] },
});
