/** The matrix product as a {@link Gemm}. */

import { flag, type Variant } from '../../kernel.js';
import type { Factor, Gemm, LoadWidth } from '../gemm/gemm.js';
import { BATCH_OFFSETS, biasOf, indices } from './parts.js';

/** What shapes allow. */
export interface Alignment {
  /** Lines of A, B and out begin at, and are, multiples of so many elements: 8, 4 or 1. */
  readonly a: number;
  readonly b: number;
  readonly out: number;
  /** Whether k is a multiple of what any tile holds of it. */
  readonly deep: boolean;
}

/** @param width neighbours that a load gives: four in float32, or eight in float16 */
export function matrixProduct(variant: Variant, aligned: Alignment, width: LoadWidth): Gemm {
  const index = indices(variant);
  const { deep } = aligned;
  const a = factor({
    name: 'a',
    side: 'row',
    length: 'params.m',
    lines: flag(variant, 'transposeA'),
    aligned: aligned.a,
    index: index.a,
    width,
    deep,
  });
  const b = factor({
    name: 'b',
    side: 'column',
    length: 'params.n',
    lines: !flag(variant, 'transposeB'),
    aligned: aligned.b,
    index: index.b,
    width,
    deep,
  });
  const bias = biasOf(variant);
  const isQuad = (alignment: number) => alignment % 4 === 0;
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
  isQuad(aligned.out)
    ? `  if (row >= params.m || first >= params.n) { return; }
  put_out_four(((batch * params.m + row) * params.n + first) / 4u, value${biasQuad(variant)}, 4u);`
    : '  for (var c = 0u; c < 4u; c++) { store(batch, row, first + c, value[c]); }'
}
}`,
    prelude: `  let at = batch_offsets(tile.z);`,
    store: (row, column, value) => `  store(tile.z, ${row}, ${column}, ${value});`,
    storeQuad: (row, column, value) => `  store_quad(tile.z, ${row}, ${column}, ${value});`,
    vectors: [
      ...(isQuad(aligned.a) && width === 4 ? ['a'] : []),
      ...(isQuad(aligned.b) && width === 4 ? ['b'] : []),
      ...(isQuad(aligned.out) ? ['out'] : []),
    ],
    octets: [
      ...(aligned.a === 8 && width === 8 ? ['a'] : []),
      ...(aligned.b === 8 && width === 8 ? ['b'] : []),
    ],
  };
}

const biasQuad = ({ dtypes }: Variant) =>
  dtypes.bias === undefined
    ? ''
    : ' + vec4f(bias_at(first), bias_at(first + 1u), bias_at(first + 2u), bias_at(first + 3u))';

interface FactorParts {
  readonly name: 'a' | 'b';
  /** Names of the side across k, and its length. */
  readonly side: 'row' | 'column';
  readonly length: string;
  /** Whether memory runs along the side (rows of A, columns of B) and not along k. */
  readonly lines: boolean;
  readonly aligned: number;
  readonly index: string;
  readonly width: LoadWidth;
  readonly deep: boolean;
}

/** One factor. What is beyond the side may be anything, so a load is moved inside; beyond k it is 0. */
function factor(parts: FactorParts): { readonly factor: Factor; readonly code: string } {
  const { name, side, length, lines, aligned, index, width, deep } = parts;
  const begin = name === 'a' ? 'at.x' : 'at.y';
  const along = lines ? 'side' : 'k';
  const load = (sideAt: string, i: string) => `${name}_load(${begin}, ${sideAt}, ${i})`;
  const type = width === 8 ? 'vec4u' : 'vec4f';
  const header = `fn ${name}_load(at: u32, ${side}_or_beyond: u32, i: u32) -> ${type} {`;
  if (aligned % width === 0) {
    const read = `${name}_${width === 8 ? 'eight' : 'four'}`;
    const last = along === 'side' ? `${length} - ${width}u` : `${length} - 1u`;
    const body = deep
      ? `  return ${read}((at + ${index}) / ${width}u);`
      : `  let inside = i < params.k;
  return select(${type}(), ${read}(select(0u, (at + ${index}) / ${width}u, inside)), inside);`;
    const code = `${header}
  let ${side} = min(${side}_or_beyond, ${last});
${body}
}`;
    return { factor: { along, load }, code };
  }
  const [sideStep, iStep] = along === 'k' ? ['', ' + c'] : [' + c', ''];
  const element = width === 8 ? 'f16' : 'f32';
  const result =
    width === 8
      ? 'vec4u(bitcast<vec2u>(vec4<f16>(v[0], v[1], v[2], v[3])), bitcast<vec2u>(vec4<f16>(v[4], v[5], v[6], v[7])))'
      : 'vec4f(v[0], v[1], v[2], v[3])';
  const code = `fn ${name}_one(at: u32, ${side}: u32, i: u32) -> ${element} {
  if (${side} >= ${length} || i >= params.k) { return ${element}(); }
  return ${element}(${name}_at(at + ${index}));
}
${header}
  var v = array<${element}, ${width}>();
  for (var c = 0u; c < ${width}u; c++) { v[c] = ${name}_one(at, ${side}_or_beyond${sideStep}, i${iStep}); }
  return ${result};
}`;
  return { factor: { along, load }, code };
}
