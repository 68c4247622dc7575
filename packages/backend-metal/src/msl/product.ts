/**
 * Tiled matrix products, out = A B. A threadgroup of four SIMD groups makes 64 x 64 outputs. Sixteen columns
 * of A and rows of B at a time lie in threadgroup memory as float32, zeros beyond the edges; each SIMD group
 * multiplies them to its quarter of the outputs, in sixteen matrices of 8 x 8, which stay in registers because
 * the loops over them are unrolled. The outputs go through
 * threadgroup memory too, so that edges, bias and dtype are dealt with in one place.
 */

import type { KernelContract } from '@wick/core';
import type { MslShader } from '../kernel.js';
import { kernelText } from './module.js';

const SIDE = 64;
const DEPTH = 16;
const THREADS = 128;
/** Rows of the cells are padded, so that the columns of a matrix lie in different banks. */
const A_ROW = DEPTH + 4;
const B_ROW = SIDE + 4;

export const PRODUCT = { side: SIDE, depth: DEPTH, threads: THREADS, aRow: A_ROW, bRow: B_ROW } as const;

export const PRODUCT_LAUNCH: Pick<MslShader, 'threads' | 'tile'> = {
  threads: THREADS,
  tile: [SIDE, SIDE, 1],
};

export interface ProductText {
  readonly entry: string;
  readonly contract: KernelContract;
  readonly types: Readonly<Record<string, string | undefined>>;
  /** Expressions for the rows and columns of out, and for what is summed over. */
  readonly rows: string;
  readonly columns: string;
  readonly depth: string;
  /** Statements at the start. */
  readonly setup?: string;
  /**
   * Statements that fill `a_cells[r * aRow + d]` and `b_cells[d * bRow + c]` for the tile that begins at
   * `first_row` and `first_column`, from `base` of the depth on.
   */
  readonly loadA: string;
  readonly loadB: string;
  /** Statement that writes `sum` to (`row`, `column`), both inside. */
  readonly store: string;
  /** Whether to use `simdgroup_matrix`; without it threads multiply on their own. */
  readonly matrices: boolean;
}

const MATRICES = {
  start: `  const uint own_row = (simd / 2) * 32;
  const uint own_column = (simd % 2) * 32;
  simdgroup_float8x8 sums[16];
#pragma clang loop unroll(full)
  for (uint n = 0; n < 16; n++) sums[n] = make_filled_simdgroup_matrix<float, 8, 8>(0.0f);`,
  multiply: `    for (uint d = 0; d < ${DEPTH}; d += 8) {
      simdgroup_float8x8 left[4];
      simdgroup_float8x8 right[4];
#pragma clang loop unroll(full)
      for (uint n = 0; n < 4; n++) {
        simdgroup_load(left[n], a_cells + (own_row + 8 * n) * ${A_ROW} + d, ${A_ROW});
        simdgroup_load(right[n], b_cells + d * ${B_ROW} + own_column + 8 * n, ${B_ROW});
      }
#pragma clang loop unroll(full)
      for (uint r = 0; r < 4; r++) {
#pragma clang loop unroll(full)
        for (uint c = 0; c < 4; c++) {
          simdgroup_multiply_accumulate(sums[4 * r + c], left[r], right[c], sums[4 * r + c]);
        }
      }
    }`,
  finish: `#pragma clang loop unroll(full)
  for (uint r = 0; r < 4; r++) {
#pragma clang loop unroll(full)
    for (uint c = 0; c < 4; c++) {
      simdgroup_store(sums[4 * r + c], cells + (own_row + 8 * r) * ${SIDE} + own_column + 8 * c, ${SIDE});
    }
  }`,
};

/** Eight rows and four columns a thread. */
const PLAIN = {
  start: `  const uint own_row = (lane / 16) * 8;
  const uint own_column = (lane % 16) * 4;
  float4 sums[8];
  for (uint n = 0; n < 8; n++) sums[n] = float4(0.0f);`,
  multiply: `    for (uint d = 0; d < ${DEPTH}; d++) {
      threadgroup const float *right = b_cells + d * ${B_ROW} + own_column;
      const float4 b_quad = float4(right[0], right[1], right[2], right[3]);
      for (uint n = 0; n < 8; n++) sums[n] += a_cells[(own_row + n) * ${A_ROW} + d] * b_quad;
    }`,
  finish: `  for (uint n = 0; n < 8; n++) {
    for (uint c = 0; c < 4; c++) cells[(own_row + n) * ${SIDE} + own_column + c] = sums[n][c];
  }`,
};

export function productText(text: ProductText): string {
  const { entry, contract, types, rows, columns, depth, setup = '', loadA, loadB, store, matrices } = text;
  const { start, multiply, finish } = matrices ? MATRICES : PLAIN;
  return kernelText({
    entry,
    contract,
    types,
    places: matrices ? ['group', 'lane', 'simd'] : ['group', 'lane'],
    body: `  threadgroup float cells[${SIDE * SIDE}];
  threadgroup float *a_cells = cells;
  threadgroup float *b_cells = cells + ${SIDE * A_ROW};
  const uint first_row = group.y * ${SIDE};
  const uint first_column = group.x * ${SIDE};
${setup}
${start}
  for (uint base = 0; base < ${depth}; base += ${DEPTH}) {
${loadA}
${loadB}
    threadgroup_barrier(mem_flags::mem_threadgroup);
${multiply}
    threadgroup_barrier(mem_flags::mem_threadgroup);
  }
${finish}
  threadgroup_barrier(mem_flags::mem_threadgroup);
  for (uint e = lane; e < ${SIDE * SIDE}; e += ${THREADS}) {
    const uint row = first_row + e / ${SIDE};
    const uint column = first_column + e % ${SIDE};
    if (row >= ${rows} || column >= ${columns}) continue;
    const float sum = cells[e];
    ${store}
  }`,
  });
}

/**
 * Fills the cells of A from a matrix of `rows` x `depth`, stored with the depth or, where the expression
 * `transposed` holds, with the rows running fastest; `whole` as of quad_of.
 */
export function loadRows(parts: {
  readonly name: string;
  readonly at: string;
  readonly rows: string;
  readonly depth: string;
  readonly transposed: string;
  readonly whole: string;
}): string {
  const { name, at, rows, depth, transposed, whole } = parts;
  return `    for (uint e = lane; e < ${(SIDE * DEPTH) / 4}; e += ${THREADS}) {
      if (${transposed}) {
        const uint r = (e % ${SIDE / 4}) * 4;
        const uint d = e / ${SIDE / 4};
        const uint count = base + d < ${depth} ? left_of(${rows}, first_row + r) : 0;
        const float4 quad = quad_of(${name}, ${at} + (base + d) * ${rows} + first_row + r, count, ${whole});
        for (uint n = 0; n < 4; n++) a_cells[(r + n) * ${A_ROW} + d] = quad[n];
      } else {
        const uint r = e / ${DEPTH / 4};
        const uint d = (e % ${DEPTH / 4}) * 4;
        const uint count = first_row + r < ${rows} ? left_of(${depth}, base + d) : 0;
        const float4 quad = quad_of(${name}, ${at} + (first_row + r) * ${depth} + base + d, count, ${whole});
        for (uint n = 0; n < 4; n++) a_cells[r * ${A_ROW} + d + n] = quad[n];
      }
    }`;
}

/** The same for B, a matrix of `depth` x `columns`, stored with the columns or, transposed, the depth fastest. */
export function loadColumns(parts: {
  readonly name: string;
  readonly at: string;
  readonly columns: string;
  readonly depth: string;
  readonly transposed: string;
  readonly whole: string;
}): string {
  const { name, at, columns, depth, transposed, whole } = parts;
  return `    for (uint e = lane; e < ${(SIDE * DEPTH) / 4}; e += ${THREADS}) {
      if (${transposed}) {
        const uint c = e / ${DEPTH / 4};
        const uint d = (e % ${DEPTH / 4}) * 4;
        const uint count = first_column + c < ${columns} ? left_of(${depth}, base + d) : 0;
        const float4 quad = quad_of(${name}, ${at} + (first_column + c) * ${depth} + base + d, count, ${whole});
        for (uint n = 0; n < 4; n++) b_cells[(d + n) * ${B_ROW} + c] = quad[n];
      } else {
        const uint c = (e % ${SIDE / 4}) * 4;
        const uint d = e / ${SIDE / 4};
        const uint count = base + d < ${depth} ? left_of(${columns}, first_column + c) : 0;
        const float4 quad = quad_of(${name}, ${at} + (base + d) * ${columns} + first_column + c, count, ${whole});
        for (uint n = 0; n < 4; n++) b_cells[d * ${B_ROW} + c + n] = quad[n];
      }
    }`;
}
