/**
 * The matrix product: tiled for many rows; a product of few rows is bound by reading B, which either lies
 * along k, so that SIMD groups add up dot products, or along n, so that threads add up columns.
 */

import { type KernelConstants, kernels, type ParamValues } from '@wick/core';
import { fixedParam, flag, type MslShader, mslKernel, type Variant } from '../kernel.js';
import { cached, constantsText, kernelText, moduleText } from '../msl/module.js';
import { loadColumns, loadRows, PRODUCT_LAUNCH, productText } from '../msl/product.js';
import { LEFT, QUADS } from '../msl/quads.js';
import { STORED } from '../msl/types.js';

/** Products of at most this many rows are not tiled. */
const FEW_ROWS = 8;
/** Rows that a threadgroup of a product of few rows takes at most. */
const OWN_ROWS = 4;

const CONSTANTS = {
  transposeA: { name: 'transpose_a', index: 0, type: 'bool' },
  transposeB: { name: 'transpose_b', index: 1, type: 'bool' },
  /** Whether vectors of four of A or B begin at multiples of four. */
  wholeA: { name: 'whole_a', index: 2, type: 'bool' },
  wholeB: { name: 'whole_b', index: 3, type: 'bool' },
  /** Rows of a threadgroup of a product of few rows. */
  rows: { name: 'own_rows', index: 4, type: 'uint' },
} as const;

const BATCH_OFFSET = `inline uint batch_offset(uint batch, constant uint *shape, constant uint *strides) {
  uint rest = batch;
  uint offset = 0;
  for (uint n = 0; n < 4; n++) {
    const uint axis = 3 - n;
    offset += (rest % shape[axis]) * strides[axis];
    rest /= shape[axis];
  }
  return offset;
}`;

const SETUP = `  const uint m = params.m;
  const uint n_columns = params.n;
  const uint depth = params.k;
  const uint a_at = batch_offset(group.z, params.batchShape, params.aBatchStrides);
  const uint b_at = batch_offset(group.z, params.batchShape, params.bBatchStrides);`;

type Types = Readonly<Record<'a' | 'b' | 'bias' | 'out', string | undefined>>;

const storeText = ({ bias, out }: Types, row: string, column: string, sum: string) =>
  `out[(group.z * m + ${row}) * n_columns + ${column}] = ${out}(${sum}${bias === undefined ? '' : ` + float(bias[${column}])`});`;

/** Columns of a SIMD group, and SIMD groups, of a threadgroup of dot products. */
const DOTS = { own: 4, simds: 4 } as const;

const dotsText = (types: Types) =>
  kernelText({
    entry: 'matmul_dots',
    contract: kernels.matmul,
    types,
    places: ['group', 'simd', 'member'],
    body: `${SETUP}
  const uint first_row = group.y * own_rows;
  const uint first_column = (group.x * ${DOTS.simds} + simd) * ${DOTS.own};
  float sums[${DOTS.own * OWN_ROWS}];
  for (uint n = 0; n < ${DOTS.own * OWN_ROWS}; n++) sums[n] = 0.0f;
  for (uint i = member * 4; i < depth; i += 128) {
    float4 quads[${DOTS.own}];
    for (uint c = 0; c < ${DOTS.own}; c++) {
      quads[c] = quad_of(b, b_at + min(first_column + c, n_columns - 1) * depth + i, depth - i, whole_b);
    }
    for (uint r = 0; r < own_rows; r++) {
      const uint row = min(first_row + r, m - 1);
      const float4 quad = transpose_a ? strided_quad(a, a_at + i * m + row, m, depth - i)
                                      : quad_of(a, a_at + row * depth + i, depth - i, whole_a);
      for (uint c = 0; c < ${DOTS.own}; c++) sums[r * ${DOTS.own} + c] += dot(quad, quads[c]);
    }
  }
  for (uint r = 0; r < own_rows; r++) {
    for (uint c = 0; c < ${DOTS.own}; c++) {
      const float sum = simd_sum(sums[r * ${DOTS.own} + c]);
      const uint row = first_row + r;
      const uint column = first_column + c;
      if (member == 0 && row < m && column < n_columns) ${storeText(types, 'row', 'column', 'sum')}
    }
  }`,
  });

/** Parts of k, a SIMD group each, of a threadgroup of 32 columns. */
const PARTS = 8;

const columnsText = (types: Types) =>
  kernelText({
    entry: 'matmul_columns',
    contract: kernels.matmul,
    types,
    places: ['group', 'simd', 'member'],
    body: `  threadgroup float cells[${32 * PARTS * OWN_ROWS}];
${SETUP}
  const uint first_row = group.y * own_rows;
  const uint column = group.x * 32 + member;
  float sums[${OWN_ROWS}];
  for (uint r = 0; r < ${OWN_ROWS}; r++) sums[r] = 0.0f;
  for (uint i = simd; i < depth && column < n_columns; i += ${PARTS}) {
    const float value = float(b[b_at + i * n_columns + column]);
    for (uint r = 0; r < own_rows; r++) {
      const uint row = min(first_row + r, m - 1);
      sums[r] += float(a[a_at + (transpose_a ? i * m + row : row * depth + i)]) * value;
    }
  }
  for (uint r = 0; r < own_rows; r++) cells[(r * ${PARTS} + simd) * 32 + member] = sums[r];
  threadgroup_barrier(mem_flags::mem_threadgroup);
  if (simd >= own_rows || first_row + simd >= m || column >= n_columns) return;
  float sum = 0.0f;
  for (uint part = 0; part < ${PARTS}; part++) sum += cells[(simd * ${PARTS} + part) * 32 + member];
  ${storeText(types, '(first_row + simd)', 'column', 'sum')}`,
  });

const tiledText = (types: Types, matrices: boolean) =>
  productText({
    entry: matrices ? 'matmul_tiled' : 'matmul_plain',
    contract: kernels.matmul,
    types,
    rows: 'm',
    columns: 'n_columns',
    depth: 'depth',
    setup: SETUP,
    loadA: loadRows({
      name: 'a',
      at: 'a_at',
      rows: 'm',
      depth: 'depth',
      transposed: 'transpose_a',
      whole: 'whole_a',
    }),
    loadB: loadColumns({
      name: 'b',
      at: 'b_at',
      columns: 'n_columns',
      depth: 'depth',
      transposed: 'transpose_b',
      whole: 'whole_b',
    }),
    store: storeText(types, 'row', 'column', 'sum'),
    matrices,
  });

/** The key is the MSL types of a, b, bias and out, and whether there are matrices of SIMD groups. */
const source = cached((key: string) => {
  const [a, b, bias, out, form] = key.split('/');
  const types = { a, b, bias: bias === '' ? undefined : bias, out };
  return moduleText(
    constantsText(Object.values(CONSTANTS)),
    QUADS,
    LEFT,
    BATCH_OFFSET,
    tiledText(types, form === 'matrices'),
    dotsText(types),
    columnsText(types),
  );
});

function sourceOf({ dtypes, features }: Variant): string {
  const types = ['a', 'b', 'bias', 'out'].map((name) => {
    const dtype = dtypes[name];
    return dtype === undefined ? '' : STORED[dtype];
  });
  return source([...types, features.simdgroupMatrix ? 'matrices' : 'plain'].join('/'));
}

/** `FORM/wholeA/wholeB/rows`. */
function specialize(
  constants: KernelConstants,
  params: ParamValues<(typeof kernels.matmul)['params']['spec']>,
) {
  const [m, n, k] = [params.m, params.n, params.k].map(fixedParam);
  const whole = (step: number | undefined, strides: readonly number[]) =>
    step !== undefined && [step, ...strides].every((stride) => stride % 4 === 0);
  const wholeA = whole(flag({ constants }, 'transposeA') ? m : k, params.aBatchStrides);
  const wholeB = whole(flag({ constants }, 'transposeB') ? k : n, params.bBatchStrides);
  const few = m !== undefined && m <= FEW_ROWS;
  const form = few ? (flag({ constants }, 'transposeB') ? 'dots' : 'columns') : 'tiled';
  const rows = few ? Math.min(m, OWN_ROWS) : 0;
  return [form, wholeA ? 1 : 0, wholeB ? 1 : 0, rows].join('/');
}

export const matmul = mslKernel(kernels.matmul, {
  specialize: ({ constants, params }) => specialize(constants, params),
  shader(variant): MslShader {
    const [form, wholeA, wholeB, rows] = variant.specialization.split('/');
    const tiled = variant.features.simdgroupMatrix ? 'matmul_tiled' : 'matmul_plain';
    const few = Math.max(1, Number(rows));
    const constant = <T extends number | boolean>(name: keyof typeof CONSTANTS, value: T) => ({
      index: CONSTANTS[name].index,
      type: CONSTANTS[name].type,
      value,
    });
    const shared = {
      source: sourceOf(variant),
      constants: [
        constant('transposeA', flag(variant, 'transposeA')),
        constant('transposeB', flag(variant, 'transposeB')),
        constant('wholeA', wholeA === '1'),
        constant('wholeB', wholeB === '1'),
        constant('rows', few),
      ],
    };
    if (form === 'dots') {
      const { own, simds } = DOTS;
      return { ...shared, entry: 'matmul_dots', threads: 32 * simds, tile: [own * simds, few, 1] };
    }
    if (form === 'columns') {
      return { ...shared, entry: 'matmul_columns', threads: 32 * PARTS, tile: [32, few, 1] };
    }
    return { ...shared, entry: tiled, ...PRODUCT_LAUNCH };
  },
});
