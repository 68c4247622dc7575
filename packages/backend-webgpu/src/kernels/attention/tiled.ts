/**
 * Attention for many queries. A workgroup holds a run of queries and walks the keys, a tile of which lies
 * in workgroup memory; the scores never do (Dao et al. 2022, Milakov and Gimelshein 2018). An invocation
 * keeps a query and its output in registers; of large heads only a part of both, and the parts of a score
 * meet in workgroup memory.
 */

import type { Shader, Variant } from '../../kernel.js';
import { commonCode, type Heads, headsOf, lines, MASK_ROW, vectorBindings } from './parts.js';

const QUERIES = 64;
/** Vectors of a query, and as many of its output, that an invocation holds at most. */
const OWN = 16;
const MOST_KEYS = 32;
/** Of workgroup memory; more would keep workgroups from running side by side. */
const MOST_BYTES = 32768;

/** How the work is split. */
interface Split {
  /** Invocations that share a query. */
  readonly parts: number;
  /** Vectors that each holds of a query, and of an output. */
  readonly own: number;
  readonly ownValue: number;
  /** Keys of a tile. */
  readonly keys: number;
}

function splitOf({ vectors, valueVectors }: Heads, workgroupBytes: number): Split {
  const parts = 2 ** Math.ceil(Math.log2(Math.max(vectors, valueVectors) / OWN));
  const whole = Math.max(1, parts);
  const bytes = 16 * (vectors + valueVectors) + (whole > 1 ? 4 * QUERIES * whole : 0);
  let keys = MOST_KEYS;
  while (keys > 4 && keys * bytes > Math.min(workgroupBytes, MOST_BYTES)) keys /= 2;
  return { parts: whole, own: Math.ceil(vectors / whole), ownValue: Math.ceil(valueVectors / whole), keys };
}

export function tiled(variant: Variant): Shader {
  const heads = headsOf(variant);
  const split = splitOf(heads, variant.features.workgroupBytes);
  const { parts, own, ownValue, keys } = split;
  // Rows of a tile; what a head leaves of the last part is 0.
  const row = own * parts;
  const valueRow = ownValue * parts;
  const workgroup = QUERIES * parts;
  return {
    workgroup,
    tile: [QUERIES, 1, 1],
    grid: ['params.queryLength', 'params.heads', 'params.batch'],
    vectors: vectorBindings(heads),
    declarations: `${commonCode(variant, heads)}
var<workgroup> k_cells: array<vec4f, ${keys * row}>;
var<workgroup> v_cells: array<vec4f, ${keys * valueRow}>;
${parts > 1 ? `var<workgroup> part_cells: array<f32, ${parts * keys * QUERIES}>;` : ''}`,
    main: `  let query = lane % ${QUERIES}u;
  let part = lane / ${QUERIES}u;
  let h = tile.y;
  let b = tile.z;
  let first = tile.x * ${QUERIES}u;
  // Invocations beyond the last query repeat it.
  let i = min(first + query, params.queryLength - 1u);
  let visible = visible_keys(i);
  let end = visible_keys(min(first + ${QUERIES - 1}u, params.queryLength - 1u));
  let q_row = b * params.qStrides.x + h * params.qStrides.y + i * params.qStrides.z;
  let k_head = b * params.kStrides.x + key_head_of(h) * params.kStrides.y;
  let v_head = b * params.vStrides.x + key_head_of(h) * params.vStrides.y;
  ${variant.dtypes.mask === undefined ? '' : MASK_ROW}
${lines(own, (c) => `  let q_${c} = q_vector(q_row, part * ${own}u + ${c}u) * params.scale;`)}
${lines(ownValue, (c) => `  var o_${c} = vec4f();`)}
  var peak = LOWEST;
  var total = 0.0;
  for (var base = 0u; base < end; base += ${keys}u) {
    let count = min(end - base, ${keys}u);
    workgroupBarrier();
${fill('k', row, workgroup)}
${fill('v', valueRow, workgroup)}
    workgroupBarrier();
    let mine = min(max(visible, base) - base, count);
${parts > 1 ? shareParts(split) : ''}
    var j = 0u;
    for (; j + 4u <= mine; j += 4u) {
${useKeys(4, split, variant)}
    }
    for (; j < mine; j++) {
${useKeys(1, split, variant)}
    }
  }
  if (first + query < params.queryLength) {
    let inverse = inverse_of(total);
    let out_row = b * params.outStrides.x + h * params.outStrides.y + i * params.outStrides.z;
${lines(ownValue, (c) => `    store(out_row, part * ${ownValue}u + ${c}u, o_${c} * inverse);`)}
  }`,
  };
}

/** Loads the tile of keys or of values. */
const fill = (name: 'k' | 'v', row: number, workgroup: number) =>
  `    for (var e = lane; e < count * ${row}u; e += ${workgroup}u) {
      ${name}_cells[e] = ${name}_vector(${name}_head + (base + e / ${row}u) * params.${name}Strides.z, e % ${row}u);
    }`;

/** Products of the own part of the query with `count` keys from j on, as `product_N`. */
function products(count: number, { own, parts }: Split): string {
  const offset = parts > 1 ? `part * ${own}u + ` : '';
  return `${lines(count, (n) => `      let key_${n} = ${offset}(j + ${n}u) * ${own * parts}u;`)}
${lines(count, (n) => `      var product_${n} = q_0 * k_cells[key_${n}];`)}
${lines(own - 1, (c) => lines(count, (n) => `      product_${n} += q_${c + 1} * k_cells[key_${n} + ${c + 1}u];`))}`;
}

/** Computes the own part of every score and lets the other invocations of the query have it. */
function shareParts(split: Split): string {
  const cell = (n: number) => `part_cells[(part * ${split.keys}u + j + ${n}u) * ${QUERIES}u + query]`;
  const shared = (count: number) => `${products(count, split)}
${lines(count, (n) => `      ${cell(n)} = sum_of(product_${n});`)}`;
  return `    {
    var j = 0u;
    for (; j + 4u <= mine; j += 4u) {
${shared(4)}
    }
    for (; j < mine; j++) {
${shared(1)}
    }
    }
    workgroupBarrier();`;
}

/** Adds `count` keys from j on to the output: four, or one. */
function useKeys(count: 1 | 4, split: Split, variant: Variant): string {
  const { parts, ownValue, keys } = split;
  const score = (n: number) =>
    parts === 1
      ? `sum_of(product_${n})`
      : Array.from(
          { length: parts },
          (_, p) => `part_cells[(${p * keys}u + j + ${n}u) * ${QUERIES}u + query]`,
        ).join(' + ');
  const masked = (n: number) =>
    variant.dtypes.mask === undefined
      ? score(n)
      : `masked(${score(n)}, mask_row + (base + j + ${n}u) * params.maskStrides.w)`;
  const scores = Array.from({ length: 4 }, (_, n) => (n < count ? masked(n) : 'from_bits(HIDDEN)'));
  const offset = parts > 1 ? `part * ${ownValue}u + ` : '';
  const component = (n: number) => `weights.${'xyzw'[n]}`;
  return `${parts === 1 ? products(count, split) : ''}
      let scores = vec4f(${scores.join(', ')});
      let top = largest_of(scores);
      if (top > peak) {
        let rescale = exp(peak - top);
        total *= rescale;
${lines(ownValue, (c) => `        o_${c} *= rescale;`)}
        peak = top;
      }
      let weights = weights_of(scores, peak);
      total += sum_of(weights);
${lines(count, (n) => `      let value_${n} = ${offset}(j + ${n}u) * ${ownValue * parts}u;`)}
${lines(ownValue, (c) =>
  lines(count, (n) => `      o_${c} += ${component(n)} * v_cells[value_${n} + ${c}u];`),
)}`;
}
