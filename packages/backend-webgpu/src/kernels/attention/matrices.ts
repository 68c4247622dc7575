/**
 * Attention with subgroup matrices: float16 heads of at most 64, sums in float32. A workgroup holds 64
 * queries and walks the keys, 64 at a time. A subgroup takes the products of 16 queries; between the two
 * products two invocations share a query: each takes half of its weights and keeps half of its output.
 */

import type { Shader, Variant } from '../../kernel.js';
import { commonCode, type Heads, headsOf, lines, MASK_ROW } from './parts.js';

const SUBGROUP = 32;
const SUBGROUPS = 4;
const WORKGROUP = SUBGROUP * SUBGROUPS;
/** Side of a subgroup matrix, and the queries of a subgroup. */
const SIDE = 16;
const QUERIES = SIDE * SUBGROUPS;
const KEYS = 64;
/** Vectors of scores in a row, and the step from row to row, which spreads rows over the banks. */
const QUADS = KEYS / 4;
const SCORE_ROW = QUADS + 1;
/** float16 elements of a vector of 16 bytes. */
const WIDE = 8;
const WEIGHT_ROW = KEYS / WIDE + 1;
/** Written out, because a variable that is declared in a loop without it keeps what the last turn left. */
const ZERO = `subgroup_matrix_result<f32, ${SIDE}, ${SIDE}>()`;
const COMPONENTS = 'xyzw';

/** Whether it can be used: the tile of outputs takes the place of the scores. */
export function usesHeadMatrices(variant: Variant): boolean {
  const { dtypes, features } = variant;
  const { vectors, valueVectors, aligned } = headsOf(variant);
  const areHalves = ['q', 'k', 'v'].every((name) => dtypes[name] === 'float16');
  return features.subgroupMatrices && areHalves && aligned && Math.max(vectors, valueVectors) <= QUADS;
}

/** Matrices that cover the vectors of a head. */
const matricesOf = (vectors: number) => Math.ceil(vectors / (SIDE / 4));

export function withMatrices(variant: Variant): Shader {
  const heads: Heads = { ...headsOf(variant), singleOut: false };
  const { vectors, valueVectors } = heads;
  const [across, valueAcross] = [matricesOf(vectors), matricesOf(valueVectors)];
  const row = (across * SIDE) / WIDE + 1;
  const valueRow = (valueAcross * SIDE) / WIDE + 1;
  const own = Math.ceil(valueVectors / 2);
  return {
    workgroup: WORKGROUP,
    tile: [QUERIES, 1, 1],
    grid: ['params.queryLength', 'params.heads', 'params.batch'],
    vectors: ['q', 'k', 'v', 'out'],
    extensions: ['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'],
    declarations: `${commonCode(variant, heads)}
fn eight(low: vec4<f16>, high: vec4<f16>) -> vec4u { return vec4u(bitcast<vec2u>(low), bitcast<vec2u>(high)); }
${rawLoad('q', vectors)}
${rawLoad('k', vectors)}
${rawLoad('v', valueVectors)}
var<workgroup> q_cells: array<vec4u, ${QUERIES * row}>;
var<workgroup> key_cells: array<vec4u, ${KEYS * Math.max(row, valueRow)}>;
var<workgroup> score_cells: array<vec4f, ${QUERIES * SCORE_ROW}>;
var<workgroup> weight_cells: array<vec4u, ${QUERIES * WEIGHT_ROW}>;
var<workgroup> totals: array<f32, ${WORKGROUP}>;`,
    main: `  let own_rows = (subgroup % ${SUBGROUPS}u) * ${SIDE}u;
  let query = lane / 2u;
  let half = lane % 2u;
  let h = tile.y;
  let b = tile.z;
  let first = tile.x * ${QUERIES}u;
  let last = params.queryLength - 1u;
  let k_head = b * params.kStrides.x + key_head_of(h) * params.kStrides.y;
  let v_head = b * params.vStrides.x + key_head_of(h) * params.vStrides.y;
  let i = min(first + query, last);
  let visible = visible_keys(i);
  let end = visible_keys(min(first + ${QUERIES - 1}u, last));
  ${variant.dtypes.mask === undefined ? '' : MASK_ROW}
  for (var e = lane; e < ${QUERIES * across * 2}u; e += ${WORKGROUP}u) {
    let q_row = b * params.qStrides.x + h * params.qStrides.y + min(first + e / ${across * 2}u, last) * params.qStrides.z;
    q_cells[(e / ${across * 2}u) * ${row}u + e % ${across * 2}u] = q_eight_of(q_row, e % ${across * 2}u);
  }
${lines(own, (c) => `  var o_${c} = vec4f();`)}
  var peak = LOWEST;
  var total = 0.0;
  for (var base = 0u; base < end; base += ${KEYS}u) {
${fill('k', across, row)}
    workgroupBarrier();
${scores(across, row)}
    workgroupBarrier();
${fill('v', valueAcross, valueRow)}
${softmax(variant)}
    workgroupBarrier();
${outputs(valueAcross, valueRow)}
    workgroupBarrier();
${lines(own, (c) => `    if (half + ${2 * c}u < ${valueVectors}u) { o_${c} = o_${c} * rescale + score_cells[query * ${SCORE_ROW}u + half + ${2 * c}u]; }`)}
  }
  totals[lane] = total;
  workgroupBarrier();
  if (first + query <= last) {
    let inverse = inverse_of(totals[2u * query] + totals[2u * query + 1u]);
    let out_row = b * params.outStrides.x + h * params.outStrides.y + i * params.outStrides.z;
${lines(own, (c) => `    store(out_row, half + ${2 * c}u, o_${c} * inverse);`)}
  }`,
  };
}

/** Declares NAME_eight_of(at, c): elements 8c to 8c + 7 of the row that begins at `at`, 0 beyond its end. */
function rawLoad(name: string, vectors: number): string {
  return `fn ${name}_eight_of(at: u32, c: u32) -> vec4u {
  var low = vec4<f16>();
  var high = vec4<f16>();
  if (2u * c < ${vectors}u) { low = ${name}_raw((at >> 2u) + 2u * c); }
  if (2u * c + 1u < ${vectors}u) { high = ${name}_raw((at >> 2u) + 2u * c + 1u); }
  return eight(low, high);
}`;
}

/** Loads a block of keys or values; 0 beyond the last. */
const fill = (name: 'k' | 'v', across: number, row: number) =>
  `    for (var e = lane; e < ${KEYS * across * 2}u; e += ${WORKGROUP}u) {
      let key = base + e / ${across * 2}u;
      var loaded = vec4u();
      if (key < params.keyLength) {
        loaded = ${name}_eight_of(${name}_head + key * params.${name}Strides.z, e % ${across * 2}u);
      }
      key_cells[(e / ${across * 2}u) * ${row}u + e % ${across * 2}u] = loaded;
    }`;

const load = (which: 'left' | 'right', major: 'row' | 'col', cells: string, at: string, row: number) =>
  `subgroupMatrixLoad<subgroup_matrix_${which}<f16, ${SIDE}, ${SIDE}>, ${major}_major>(&${cells}, ${at}, ${row}u)`;

function scores(across: number, row: number): string {
  const columns = KEYS / SIDE;
  return `${lines(columns, (n) => `    var s_${n} = ${ZERO};`)}
${lines(
  across,
  (c) => `    let q_${c} = ${load('left', 'row', 'q_cells', `own_rows * ${row}u + ${2 * c}u`, row)};
${lines(
  columns,
  (n) => `    let k_${c}_${n} = ${load('right', 'col', 'key_cells', `${n * SIDE * row + 2 * c}u`, row)};
    s_${n} = subgroupMatrixMultiplyAccumulate(q_${c}, k_${c}_${n}, s_${n});`,
)}`,
)}
${lines(columns, (n) => `    subgroupMatrixStore<row_major>(&score_cells, own_rows * ${SCORE_ROW}u + ${(n * SIDE) / 4}u, s_${n}, ${SCORE_ROW}u);`)}`;
}

/** Both invocations of a query find its peak; each makes half of its weights. */
function softmax({ dtypes }: Variant): string {
  const score = (n: number) => {
    const key = `base + 4u * t + ${n}u`;
    const value = `s.${COMPONENTS[n]}`;
    const masked =
      dtypes.mask === undefined
        ? value
        : `masked(${value}, mask_row + min(${key}, visible - 1u) * params.maskStrides.w)`;
    return `select(from_bits(HIDDEN), ${masked}, ${key} < visible)`;
  };
  const scored = `let s = score_cells[query * ${SCORE_ROW}u + t] * params.scale;
      let seen = vec4f(${[0, 1, 2, 3].map(score).join(', ')});`;
  return `    var top = peak;
    for (var t = 0u; t < ${QUADS}u; t++) {
      ${scored}
      top = max(top, largest_of(seen));
    }
    let rescale = exp(peak - top);
    peak = top;
    total *= rescale;
    for (var pair = half; pair < ${QUADS / 2}u; pair += 2u) {
      var quads = array<vec4<f16>, 2>();
      for (var n = 0u; n < 2u; n++) {
        let t = 2u * pair + n;
        ${scored}
        let weights = weights_of(seen, top);
        total += sum_of(weights);
        quads[n] = vec4<f16>(weights);
      }
      weight_cells[query * ${WEIGHT_ROW}u + pair] = eight(quads[0], quads[1]);
    }`;
}

/** Weights times values, into the place of the scores. */
function outputs(valueAcross: number, valueRow: number): string {
  return `${lines(valueAcross, (c) => `    var p_${c} = ${ZERO};`)}
${lines(
  KEYS / SIDE,
  (
    n,
  ) => `    let w_${n} = ${load('left', 'row', 'weight_cells', `own_rows * ${WEIGHT_ROW}u + ${2 * n}u`, WEIGHT_ROW)};
${lines(
  valueAcross,
  (
    c,
  ) => `    let v_${n}_${c} = ${load('right', 'row', 'key_cells', `${n * SIDE * valueRow + 2 * c}u`, valueRow)};
    p_${c} = subgroupMatrixMultiplyAccumulate(w_${n}, v_${n}_${c}, p_${c});`,
)}`,
)}
${lines(valueAcross, (c) => `    subgroupMatrixStore<row_major>(&score_cells, own_rows * ${SCORE_ROW}u + ${(c * SIDE) / 4}u, p_${c}, ${SCORE_ROW}u);`)}`;
}
