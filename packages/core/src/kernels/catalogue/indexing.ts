/**
 * Kernels that read or write where an index tensor says. Indices are int32. The rule for an index out
 * of bounds is the same everywhere: a read clamps it into the axis, a write drops it.
 */

import { catalogueKernel } from '../contract.js';

const ANY = ['float32', 'float16', 'int32', 'uint32', 'uint8', 'bool'] as const;
const NUMBERS = ['float32', 'float16', 'int32', 'uint32'] as const;
const index = { access: 'read', dtypes: ['int32'] } as const;

/**
 * out[i] = x at the coordinates of i, with the coordinate along `axis` replaced by index[i]; i row-major
 * over shape (the shape of index), x at xStrides (elements), `axisSize` long along the axis. Eight axes,
 * right-aligned. Grid: [size, 1, 1].
 */
export const gather = catalogueKernel({
  name: 'gather',
  bindings: { x: { access: 'read', dtypes: ANY }, index, out: { access: 'write', dtypes: ANY } },
  params: { size: 'u32', axis: 'u32', axisSize: 'u32', shape: 'u32x8', xStrides: 'u32x8' },
});

/**
 * out[o, j, i] = x[o, index[j], i], x being [outer, rows, inner]: embedding and index_select. Grid: [inner,
 * count, outer].
 */
export const gatherRows = catalogueKernel({
  name: 'gather_rows',
  bindings: { x: { access: 'read', dtypes: ANY }, index, out: { access: 'write', dtypes: ANY } },
  params: { outer: 'u32', rows: 'u32', inner: 'u32', count: 'u32' },
});

/**
 * out = x, plus source[j] at the coordinates of j with the coordinate along `axis` replaced by index[j].
 * Each output sums its sources in ascending order, so the result does not depend on the schedule. shape is
 * that of x and out, indexShape that of index and source. Eight axes, right-aligned. Grid: [size, 1, 1].
 */
export const scatterAdd = catalogueKernel({
  name: 'scatter_add',
  bindings: {
    x: { access: 'read', dtypes: NUMBERS },
    index,
    source: { access: 'read', dtypes: NUMBERS },
    out: { access: 'write', dtypes: NUMBERS },
  },
  params: { size: 'u32', axis: 'u32', shape: 'u32x8', indexShape: 'u32x8' },
});

/**
 * target[o, position + r, i] = source[o, r, i]; target is [outer, capacity, width], source [outer, rows,
 * width]; the rest of target keeps its content. Grid: [width, rows, outer].
 */
export const writeRows = catalogueKernel({
  name: 'write_rows',
  bindings: {
    source: { access: 'read', dtypes: ANY },
    target: { access: 'readWrite', dtypes: ANY },
  },
  params: { outer: 'u32', capacity: 'u32', width: 'u32', rows: 'u32', position: 'u32' },
});
