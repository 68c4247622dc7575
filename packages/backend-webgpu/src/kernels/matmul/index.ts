/**
 * The matrix product: few rows are matrix-vector products, which are bound by reading B; the others go tile
 * by tile, with subgroup matrices where the device has them and A and B are float16.
 */

import { kernels, type ParamValues } from '@wick/core';
import { fixedParam, flag, wgslKernel } from '../../kernel.js';
import { DEEPEST, type GemmSize, gemmShader, sizeOf, usesMatrices } from '../gemm/choice.js';
import { columnSums, dotProducts } from './few.js';
import { matrixProduct } from './product.js';

/** Products of at most this many rows are matrix-vector products. */
const FEW_ROWS = 4;

type Params = ParamValues<typeof kernels.matmul.params.spec>;

/** The largest of 8, 4 and 1 that divides all; a size that replays supply may be anything. */
function alignmentOf(size: Params['m'], strides: readonly number[]): number {
  const values = [fixedParam(size) ?? 1, ...strides];
  return [8, 4].find((step) => values.every((value) => value % step === 0)) ?? 1;
}

export const matmul = wgslKernel(kernels.matmul, {
  /** `rows of b`, `columns of b`, or the size of tiles and an {@link Alignment}. */
  specialize({ constants, params }) {
    const { m, n, k, batch, aBatchStrides, bBatchStrides } = params;
    const transposeB = flag({ constants }, 'transposeB');
    const rows = fixedParam(m);
    if (rows !== undefined && rows <= FEW_ROWS) return transposeB ? 'rows of b' : 'columns of b';
    const size = sizeOf(rows, fixedParam(n), fixedParam(batch));
    const a = alignmentOf(flag({ constants }, 'transposeA') ? m : k, aBatchStrides);
    const b = alignmentOf(transposeB ? k : n, bBatchStrides);
    const deep = (fixedParam(k) ?? 1) % DEEPEST === 0;
    return [size, a, b, alignmentOf(n, []), deep ? 'deep' : ''].join('/');
  },
  shader(variant) {
    if (variant.specialization === 'rows of b') return dotProducts(variant);
    if (variant.specialization === 'columns of b') return columnSums(variant);
    const [size, a, b, out, deep] = variant.specialization.split('/');
    const aligned = { a: Number(a), b: Number(b), out: Number(out), deep: deep === 'deep' };
    const matrices = usesMatrices(variant, size as GemmSize, 'a', 'b');
    const product = matrixProduct(variant, aligned, matrices ? 8 : 4);
    return gemmShader(product, size as GemmSize, matrices, variant.features);
  },
});
