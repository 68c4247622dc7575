/** What all forms of the matrix product share. */

import { flag, type Variant } from '../../kernel.js';
import { lane } from '../../wgsl/params.js';

/** Declares `batch_offsets`: where a batch begins in A (x) and B (y). */
export const BATCH_OFFSETS = (() => {
  const lines: string[] = [];
  for (let axis = 3; axis >= 0; axis--) {
    const strides = `vec2u(${lane('aBatchStrides', axis, 4)}, ${lane('bBatchStrides', axis, 4)})`;
    const length = lane('batchShape', axis, 4);
    lines.push(`  offsets += (rest % ${length}) * ${strides};`, `  rest /= ${length};`);
  }
  return `fn batch_offsets(batch: u32) -> vec2u {
  var rest = batch;
  var offsets = vec2u();
${lines.join('\n')}
  return offsets;
}`;
})();

/** Index of A at (row, i) and of B at (i, column) inside a batch. */
export function indices(variant: Variant): { readonly a: string; readonly b: string } {
  return {
    a: flag(variant, 'transposeA') ? 'i * params.m + row' : 'row * params.k + i',
    b: flag(variant, 'transposeB') ? 'column * params.k + i' : 'i * params.n + column',
  };
}

export const biasOf = ({ dtypes }: Variant) => (dtypes.bias === undefined ? '' : ' + bias_at(column)');
