/**
 * Attention for few queries, one workgroup a query: its invocations share the keys. Neighbours read a key
 * together and add up its score in workgroup memory; each such group keeps a softmax of its own, and all are
 * joined at the end.
 */

import type { Shader, Variant } from '../../kernel.js';
import { commonCode, headsOf, lines, vectorBindings } from './parts.js';

const WORKGROUP = 256;
/** Keys that a group takes between two barriers. */
const KEYS = 4;

export function few(variant: Variant): Shader {
  const heads = headsOf(variant);
  const { vectors, valueVectors } = heads;
  // Each member of a group has about two vectors of a key.
  const members = Math.min(32, 2 ** Math.ceil(Math.log2(Math.max(vectors, valueVectors, 2) / 2)));
  const groups = WORKGROUP / members;
  const own = Math.ceil(vectors / members);
  const ownValue = Math.ceil(valueVectors / members);
  const masked = (n: number) => {
    const score = `sum_${n}`;
    if (variant.dtypes.mask === undefined) return score;
    return `masked(${score}, mask_row + min(key_${n}, visible - 1u) * params.maskStrides.w)`;
  };
  const scores = Array.from(
    { length: KEYS },
    (_, n) => `select(from_bits(HIDDEN), ${masked(n)}, key_${n} < visible)`,
  );
  const mask = 'b * params.maskStrides.x + h * params.maskStrides.y + i * params.maskStrides.z';
  return {
    workgroup: WORKGROUP,
    tile: [1, 1, 1],
    grid: ['params.queryLength', 'params.heads', 'params.batch'],
    vectors: vectorBindings(heads),
    declarations: `${commonCode(variant, heads)}
var<workgroup> cells: array<f32, ${KEYS * WORKGROUP}>;
var<workgroup> peaks: array<f32, ${groups}>;
var<workgroup> totals: array<f32, ${groups}>;
var<workgroup> outputs: array<vec4f, ${groups * valueVectors}>;`,
    main: `  let member = lane % ${members}u;
  let ours = lane / ${members}u;
  let i = tile.x;
  let h = tile.y;
  let b = tile.z;
  let visible = visible_keys(i);
  let q_row = b * params.qStrides.x + h * params.qStrides.y + i * params.qStrides.z;
  let k_head = b * params.kStrides.x + key_head_of(h) * params.kStrides.y;
  let v_head = b * params.vStrides.x + key_head_of(h) * params.vStrides.y;
  ${variant.dtypes.mask === undefined ? '' : `let mask_row = ${mask};`}
${lines(own, (c) => `  let q_${c} = q_vector(q_row, member + ${c * members}u) * params.scale;`)}
${lines(ownValue, (c) => `  var o_${c} = vec4f();`)}
  var peak = LOWEST;
  var total = 0.0;
  for (var base = 0u; base < visible; base += ${KEYS * groups}u) {
${lines(KEYS, (n) => `    let key_${n} = base + ours + ${n * groups}u;`)}
${lines(
  KEYS,
  (n) => `    cells[${n * WORKGROUP}u + lane] = 0.0;
    if (key_${n} < visible) {
      let k_row = k_head + key_${n} * params.kStrides.z;
      var product = vec4f();
${lines(own, (c) => `      product += q_${c} * k_vector(k_row, member + ${c * members}u);`)}
      cells[${n * WORKGROUP}u + lane] = sum_of(product);
    }`,
)}
    workgroupBarrier();
    let ours_at = ours * ${members}u;
${lines(KEYS, (n) => `    var sum_${n} = 0.0;`)}
    for (var t = 0u; t < ${members}u; t++) {
${lines(KEYS, (n) => `      sum_${n} += cells[${n * WORKGROUP}u + ours_at + t];`)}
    }
    workgroupBarrier();
    let scores = vec4f(${scores.join(', ')});
    let top = max(peak, largest_of(scores));
    let rescale = exp(peak - top);
    let weights = weights_of(scores, top);
    peak = top;
    total = total * rescale + sum_of(weights);
${lines(ownValue, (c) => `    o_${c} *= rescale;`)}
${lines(
  KEYS,
  (n) => `    if (key_${n} < visible) {
      let v_row = v_head + key_${n} * params.vStrides.z;
${lines(ownValue, (c) => `      o_${c} += weights.${'xyzw'[n]} * v_vector(v_row, member + ${c * members}u);`)}
    }`,
)}
  }
  peaks[ours] = peak;
  workgroupBarrier();
  var highest = LOWEST;
  for (var g = 0u; g < ${groups}u; g++) { highest = max(highest, peaks[g]); }
  let share = exp(peak - highest);
  totals[ours] = total * share;
${lines(
  ownValue,
  (c) => `  if (member + ${c * members}u < ${valueVectors}u) {
    outputs[ours * ${valueVectors}u + member + ${c * members}u] = o_${c} * share;
  }`,
)}
  workgroupBarrier();
  if (lane < ${valueVectors}u) {
    var row = vec4f();
    var sum = 0.0;
    for (var g = 0u; g < ${groups}u; g++) {
      row += outputs[g * ${valueVectors}u + lane];
      sum += totals[g];
    }
    let out_row = b * params.outStrides.x + h * params.outStrides.y + i * params.outStrides.z;
    store(out_row, lane, row * inverse_of(sum));
  }`,
  };
}
