/**
 * The matrix product: few rows are matrix-vector products, which are bound by reading B; the others go tile
 * by tile, with subgroup matrices where the device has them and A and B are float16.
 */

import { kernels, type ParamValues } from '@wick/core';
import { fixedParam, flag, wgslKernel } from '../../kernel.js';
import { type GemmSize, gemmShader, sizeOf, usesMatrices } from '../gemm/choice.js';
import { columnSums, dotProducts } from './few.js';
import { type Alignment, matrixProduct } from './product.js';

/** Products of at most this many rows are matrix-vector products. */
const FEW_ROWS = 4;

type Params = ParamValues<typeof kernels.matmul.params.spec>;

/** A size that replays supply may be anything. */
const isQuad = (value: Params['m']) => (fixedParam(value) ?? 1) % 4 === 0;
const areQuads = (values: readonly number[]) => values.every((value) => value % 4 === 0);

function alignmentOf(transposeA: boolean, transposeB: boolean, params: Params): Alignment {
  const { m, n, k, aBatchStrides, bBatchStrides } = params;
  return {
    a: isQuad(transposeA ? m : k) && areQuads(aBatchStrides),
    b: isQuad(transposeB ? k : n) && areQuads(bBatchStrides),
    out: isQuad(n),
  };
}

export const matmul = wgslKernel(kernels.matmul, {
  /** `rows of b`, `columns of b`, or the size of tiles and which matrices can be read as vectors. */
  specialize({ constants, params }) {
    const transposeB = flag({ constants }, 'transposeB');
    const rows = fixedParam(params.m);
    if (rows !== undefined && rows <= FEW_ROWS) return transposeB ? 'rows of b' : 'columns of b';
    const size = sizeOf(rows, fixedParam(params.n), fixedParam(params.batch));
    const { a, b, out } = alignmentOf(flag({ constants }, 'transposeA'), transposeB, params);
    return `${size}/${a ? 'a' : ''}/${b ? 'b' : ''}/${out ? 'out' : ''}`;
  },
  shader(variant) {
    if (variant.specialization === 'rows of b') return dotProducts(variant);
    if (variant.specialization === 'columns of b') return columnSums(variant);
    const [size, a, b, out] = variant.specialization.split('/');
    const aligned = { a: a === 'a', b: b === 'b', out: out === 'out' };
    const matrices = usesMatrices(variant, size as GemmSize, 'a', 'b');
    const product = matrixProduct(variant, aligned, matrices ? 'f16' : 'f32');
    return gemmShader(product, size as GemmSize, matrices, variant.features);
  },
});
