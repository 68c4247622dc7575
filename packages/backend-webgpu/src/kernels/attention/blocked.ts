/**
 * Attention as two products: a workgroup holds a block of queries and walks the keys, a block at a time.
 * Scores are a product in registers; they go to workgroup memory, where an invocation each takes a query's
 * row through the softmax (Milakov and Gimelshein 2018, Dao et al. 2022); weights times values are the second
 * product, which stays in registers and is rescaled as peaks grow.
 */

import type { Shader, Variant } from '../../kernel.js';
import { commonCode, type Heads, headsOf, lines, MASK_ROW, vectorBindings } from './parts.js';

/** Invocations beside each other along the keys, and along the vectors of an output; and along the queries. */
const ACROSS = 8;
const DOWN = 32;
const WORKGROUP = ACROSS * DOWN;
/** Keys of an invocation: one component of a vector each. */
const OWN_KEYS = 4;
const KEYS = ACROSS * OWN_KEYS;
const COMPONENTS = 'xyzw';
/** Most vectors of outputs that an invocation keeps. */
const MOST_OUTPUTS = 20;

interface Block {
  /** Queries of an invocation. */
  readonly own: number;
  /** Vectors of each of its outputs, beside each other ones `ACROSS` apart. */
  readonly ownValue: number;
  /** Single elements of each, where the vectors that are left do not go round. */
  readonly single: number;
}

/** How heads are split into blocks; undefined where they are too large for workgroup memory. */
function blockOf(heads: Heads, workgroupBytes: number): Block | undefined {
  const { vectors, valueVectors } = heads;
  const left = valueVectors % ACROSS;
  const isShared = heads.aligned && (4 * left) % ACROSS === 0;
  const ownValue = isShared ? Math.floor(valueVectors / ACROSS) : Math.ceil(valueVectors / ACROSS);
  const single = isShared ? (4 * left) / ACROSS : 0;
  const fits = (own: number) => {
    const keyCells = KEYS * (Math.max(vectors, valueVectors) + 1);
    const cells = DOWN * own * (vectors + 1 + ACROSS + 1) + keyCells;
    return 16 * cells + 4 * DOWN * own <= workgroupBytes && own * (ownValue + single / 4) <= MOST_OUTPUTS;
  };
  const own = [4, 2].find(fits);
  return own === undefined ? undefined : { own, ownValue, single };
}

/** Undefined where blocks do not fit. */
export function blocked(variant: Variant): Shader | undefined {
  const block = blockOf(headsOf(variant), variant.features.workgroupBytes);
  if (block === undefined) return undefined;
  const heads = { ...headsOf(variant), singleOut: block.single > 0 };
  const { vectors, valueVectors } = heads;
  const { own, ownValue, single } = block;
  const queries = DOWN * own;
  // One vector more than there are spreads rows over the banks.
  const row = vectors + 1;
  const valueRow = valueVectors + 1;
  const scoreRow = ACROSS + 1;
  return {
    workgroup: WORKGROUP,
    tile: [queries, 1, 1],
    grid: ['params.queryLength', 'params.heads', 'params.batch'],
    vectors: vectorBindings(heads),
    declarations: `${commonCode(variant, heads)}
var<workgroup> q_cells: array<vec4f, ${queries * row}>;
var<workgroup> key_cells: array<vec4f, ${KEYS * Math.max(row, valueRow)}>;
var<workgroup> score_cells: array<vec4f, ${queries * scoreRow}>;
var<workgroup> factors: array<f32, ${queries}>;`,
    main: `  let own_key = lane % ${ACROSS}u;
  let own_query = lane / ${ACROSS}u;
  let h = tile.y;
  let b = tile.z;
  let first = tile.x * ${queries}u;
  let last = params.queryLength - 1u;
  let k_head = b * params.kStrides.x + key_head_of(h) * params.kStrides.y;
  let v_head = b * params.vStrides.x + key_head_of(h) * params.vStrides.y;
  // This invocation takes the scores of query i through the softmax; those beyond the last repeat it.
  let i = min(first + lane, last);
  let visible = visible_keys(i);
  let end = visible_keys(min(first + ${queries - 1}u, last));
  ${variant.dtypes.mask === undefined ? '' : MASK_ROW}
  for (var e = lane; e < ${queries * vectors}u; e += ${WORKGROUP}u) {
    let q_row = b * params.qStrides.x + h * params.qStrides.y + min(first + e / ${vectors}u, last) * params.qStrides.z;
    q_cells[(e / ${vectors}u) * ${row}u + e % ${vectors}u] = q_vector(q_row, e % ${vectors}u) * params.scale;
  }
${lines(own, (r) => lines(ownValue, (c) => `  var o_${r}_${c} = vec4f();`))}
${lines(own, (r) => lines(single, (c) => `  var one_${r}_${c} = 0.0;`))}
  var peak = LOWEST;
  var total = 0.0;
  for (var base = 0u; base < end; base += ${KEYS}u) {
${fill('k', vectors, row)}
    workgroupBarrier();
${scores(own, vectors, row, scoreRow)}
    workgroupBarrier();
${fill('v', valueVectors, valueRow)}
    if (lane < ${queries}u) {
${softmax(variant, scoreRow)}
    }
    workgroupBarrier();
${outputs(block, valueVectors, valueRow, scoreRow)}
    workgroupBarrier();
  }
  if (lane < ${queries}u) { factors[lane] = inverse_of(total); }
  workgroupBarrier();
${lines(
  own,
  (r) => `  {
    let query = own_query + ${r * DOWN}u;
    if (first + query <= last) {
      let out_row = b * params.outStrides.x + h * params.outStrides.y + (first + query) * params.outStrides.z;
      let inverse = factors[query];
${lines(ownValue, (c) => `      if (own_key + ${c * ACROSS}u < ${valueVectors}u) { store(out_row, own_key + ${c * ACROSS}u, o_${r}_${c} * inverse); }`)}
${lines(single, (c) => `      put_out(out_row + ${4 * ACROSS * ownValue + c * ACROSS}u + own_key, one_${r}_${c} * inverse);`)}
    }
  }`,
)}`,
  };
}

/** Loads a block of keys or values; 0 beyond the last. */
const fill = (name: 'k' | 'v', vectors: number, row: number) =>
  `    for (var e = lane; e < ${KEYS * vectors}u; e += ${WORKGROUP}u) {
      let key = base + e / ${vectors}u;
      var loaded = vec4f();
      if (key < params.keyLength) {
        loaded = ${name}_vector(${name}_head + key * params.${name}Strides.z, e % ${vectors}u);
      }
      key_cells[(e / ${vectors}u) * ${row}u + e % ${vectors}u] = loaded;
    }`;

/** Own scores: component n of those of a query is key `own_key + n * ACROSS` of the block. */
function scores(own: number, vectors: number, row: number, scoreRow: number): string {
  return `${lines(own, (r) => `    var s_${r} = vec4f();`)}
    for (var c = 0u; c < ${vectors}u; c++) {
${lines(OWN_KEYS, (n) => `      let k_${n} = key_cells[(own_key + ${n * ACROSS}u) * ${row}u + c];`)}
${lines(
  own,
  (r) => `      let q_${r} = q_cells[(own_query + ${r * DOWN}u) * ${row}u + c];
${lines(4, (t) => {
  const component = COMPONENTS[t];
  const keys = Array.from({ length: OWN_KEYS }, (_, n) => `k_${n}.${component}`).join(', ');
  return `      s_${r} += q_${r}.${component} * vec4f(${keys});`;
})}`,
)}
    }
${lines(own, (r) => `    score_cells[(own_query + ${r * DOWN}u) * ${scoreRow}u + own_key] = s_${r};`)}`;
}

/** Turns the scores of query `lane` into weights, and says by what its output is to be rescaled. */
function softmax({ dtypes }: Variant, scoreRow: number): string {
  const score = (t: number, n: number) => {
    const key = `base + ${t + n * ACROSS}u`;
    const value = `row_${t}.${COMPONENTS[n]}`;
    const masked =
      dtypes.mask === undefined
        ? value
        : `masked(${value}, mask_row + min(${key}, visible - 1u) * params.maskStrides.w)`;
    return `select(from_bits(HIDDEN), ${masked}, ${key} < visible)`;
  };
  return `${lines(ACROSS, (t) => {
    const all = Array.from({ length: OWN_KEYS }, (_, n) => score(t, n)).join(', ');
    return `      var row_${t} = score_cells[lane * ${scoreRow}u + ${t}u];\n      row_${t} = vec4f(${all});`;
  })}
      var top = peak;
${lines(ACROSS, (t) => `      top = max(top, largest_of(row_${t}));`)}
      let rescale = exp(peak - top);
      peak = top;
      total *= rescale;
      factors[lane] = rescale;
${lines(
  ACROSS,
  (t) => `      row_${t} = weights_of(row_${t}, top);
      total += sum_of(row_${t});
      score_cells[lane * ${scoreRow}u + ${t}u] = row_${t};`,
)}`;
}

function outputs(block: Block, valueVectors: number, valueRow: number, scoreRow: number): string {
  const { own, ownValue, single } = block;
  // A vector beyond the head is the last one again and never stored.
  const value = (n: number, c: number) => {
    const at = `min(own_key + ${c * ACROSS}u, ${valueVectors - 1}u)`;
    return `key_cells[(t + ${n * ACROSS}u) * ${valueRow}u + ${at}]`;
  };
  const one = (n: number, c: number) => {
    const first = ACROSS * ownValue + (c * ACROSS) / 4;
    return `key_cells[(t + ${n * ACROSS}u) * ${valueRow}u + ${first}u + own_key / 4u][own_key % 4u]`;
  };
  return `${lines(
    own,
    (r) => `    {
      let rescale = factors[own_query + ${r * DOWN}u];
${lines(ownValue, (c) => `      o_${r}_${c} *= rescale;`)}
${lines(single, (c) => `      one_${r}_${c} *= rescale;`)}
    }`,
  )}
    for (var t = 0u; t < ${ACROSS}u; t++) {
${lines(own, (r) => `      let w_${r} = score_cells[(own_query + ${r * DOWN}u) * ${scoreRow}u + t];`)}
${lines(
  OWN_KEYS,
  (n) => `${lines(
    ownValue,
    (c) => `      let v_${n}_${c} = ${value(n, c)};
${lines(own, (r) => `      o_${r}_${c} += w_${r}.${COMPONENTS[n]} * v_${n}_${c};`)}`,
  )}
${lines(
  single,
  (c) => `      let e_${n}_${c} = ${one(n, c)};
${lines(own, (r) => `      one_${r}_${c} += w_${r}.${COMPONENTS[n]} * e_${n}_${c};`)}`,
)}`,
)}
    }`;
}
