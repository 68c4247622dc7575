/** The matrix product as a {@link Gemm}. */

import { flag, type Variant } from '../../kernel.js';
import type { Factor, Gemm } from '../gemm/gemm.js';
import { BATCH_OFFSETS, biasOf, indices } from './parts.js';

/** Which matrices have lines that begin at, and are, multiples of four elements long. */
export interface Alignment {
  readonly a: boolean;
  readonly b: boolean;
  readonly out: boolean;
}

/** @param type what the elements of A and B are loaded as */
export function matrixProduct(variant: Variant, aligned: Alignment, type: 'f32' | 'f16'): Gemm {
  const index = indices(variant);
  const a = factor('a', 'row', 'params.m', flag(variant, 'transposeA'), aligned.a, index.a, type);
  const b = factor('b', 'column', 'params.n', !flag(variant, 'transposeB'), aligned.b, index.b, type);
  const bias = biasOf(variant);
  return {
    rows: 'params.m',
    columns: 'params.n',
    depth: 'params.k',
    batch: 'params.batch',
    a: a.factor,
    b: b.factor,
    declarations: `${BATCH_OFFSETS}
${a.code}
${b.code}
fn store(batch: u32, row: u32, column: u32, value: f32) {
  if (row >= params.m || column >= params.n) { return; }
  put_out((batch * params.m + row) * params.n + column, value${bias});
}
fn store_quad(batch: u32, row: u32, first: u32, value: vec4f) {
${
  aligned.out
    ? `  if (row >= params.m || first >= params.n) { return; }
  put_out_four(((batch * params.m + row) * params.n + first) / 4u, value${biasQuad(variant)}, 4u);`
    : '  for (var c = 0u; c < 4u; c++) { store(batch, row, first + c, value[c]); }'
}
}`,
    prelude: `  let at = batch_offsets(tile.z);`,
    store: (row, column, value) => `  store(tile.z, ${row}, ${column}, ${value});`,
    storeQuad: (row, column, value) => `  store_quad(tile.z, ${row}, ${column}, ${value});`,
    vectors: [...(aligned.a ? ['a'] : []), ...(aligned.b ? ['b'] : []), ...(aligned.out ? ['out'] : [])],
  };
}

const biasQuad = ({ dtypes }: Variant) =>
  dtypes.bias === undefined
    ? ''
    : ' + vec4f(bias_at(first), bias_at(first + 1u), bias_at(first + 2u), bias_at(first + 3u))';

/**
 * One factor. `lines` says that memory runs along the side (rows of A, columns of B) and not along k.
 * Unaligned quads are still quads along memory,.
 */
function factor(
  name: 'a' | 'b',
  side: string,
  length: string,
  lines: boolean,
  aligned: boolean,
  index: string,
  type: 'f32' | 'f16',
): { readonly factor: Factor; readonly code: string } {
  const begin = name === 'a' ? 'at.x' : 'at.y';
  const call = (sideAt: string, i: string) => `${name}_quad(${begin}, ${sideAt}, ${i})`;
  const along = lines ? 'side' : 'k';
  const header = `fn ${name}_quad(at: u32, ${side}: u32, i: u32) -> vec4<${type}> {`;
  if (aligned) {
    const read = type === 'f16' ? 'raw' : 'four';
    const code = `${header}
  if (${side} >= ${length} || i >= params.k) { return vec4<${type}>(); }
  return ${name}_${read}((at + ${index}) / 4u);
}`;
    return { factor: { along, quad: call }, code };
  }
  const [first, next] = along === 'k' ? [side, 'i'] : ['i', side];
  const code = `fn ${name}_one(at: u32, ${side}: u32, i: u32) -> ${type} {
  if (${side} >= ${length} || i >= params.k) { return ${type}(); }
  return ${type}(${name}_at(at + ${index}));
}
${header}
  let ${next}_0 = ${next};
  var quad = vec4<${type}>();
  for (var c = 0u; c < 4u; c++) {
    quad[c] = ${name}_one(at, ${[side, 'i'].map((axis) => (axis === first ? axis : `${next}_0 + c`)).join(', ')});
  }
  return quad;
}`;
  return { factor: { along, quad: call }, code };
}
