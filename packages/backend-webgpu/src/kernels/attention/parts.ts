/** What both forms of attention share: sizes that shaders are made for, loads, masks, weights. */

import { MAX_HEAD_SIZE } from '@wick/core';
import { flag, type Variant } from '../../kernel.js';

/** What a shader is made for, as its specialization tells. */
export interface Heads {
  readonly form: 'blocked' | 'tiled' | 'few';
  /** Vectors of four in a key or query, and in a value. */
  readonly vectors: number;
  readonly valueVectors: number;
  /** Whether every row begins at a multiple of four elements and is a multiple of four long. */
  readonly aligned: boolean;
  /** Whether elements of the output are also written one by one. Default: false. */
  readonly singleOut?: boolean;
}

export function specializationOf({ form, vectors, valueVectors, aligned }: Heads): string {
  return `${form}/${vectors}/${valueVectors}/${aligned ? 'aligned' : ''}`;
}

export function headsOf({ specialization }: Variant): Heads {
  const [form, vectors, valueVectors, aligned] = specialization.split('/');
  return {
    form: form === 'few' || form === 'blocked' ? form : 'tiled',
    vectors: Number(vectors),
    valueVectors: Number(valueVectors),
    aligned: aligned === 'aligned',
  };
}

/** Vectors that hold a head of `size`; undefined where replays supply it. */
export function vectorsOf(size: number | undefined): number {
  return Math.max(1, Math.ceil((size ?? MAX_HEAD_SIZE) / 4));
}

/** Lines of WGSL for each of `count` numbers. */
export function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n');
}

/** Declares NAME_vector(at, c): elements 4c to 4c + 3 of the row that begins at `at`, 0 beyond its end. */
function load(name: string, size: string, vectors: number, aligned: boolean): string {
  const body = aligned
    ? `  if (c >= ${vectors}u) { return vec4f(); }
  return ${name}_four((at >> 2u) + c);`
    : `  var row = vec4f();
  for (var k = 0u; k < 4u; k++) {
    let j = c * 4u + k;
    if (j < params.${size}) { row[k] = ${name}_at(at + j); }
  }
  return row;`;
  return `fn ${name}_vector(at: u32, c: u32) -> vec4f {
${body}
}`;
}

function store({ aligned, valueVectors, singleOut = false }: Heads): string {
  const body =
    aligned && !singleOut
      ? `  if (c < ${valueVectors}u) { put_out_four((at >> 2u) + c, row, 4u); }`
      : `  for (var k = 0u; k < 4u; k++) {
    let j = c * 4u + k;
    if (j < params.valueSize) { put_out(at + j, row[k]); }
  }`;
  return `fn store(at: u32, c: u32, row: vec4f) {
${body}
}`;
}

const MASKS = {
  none: 'fn masked(score: f32, at: u32) -> f32 { return score; }',
  bool: `fn masked(score: f32, at: u32) -> f32 {
  return select(score, from_bits(HIDDEN), mask_at(at) == 0u);
}`,
  float: `fn masked(score: f32, at: u32) -> f32 {
  let mask = mask_at(at);
  return select(score + mask, from_bits(HIDDEN), bitcast<u32>(mask) == HIDDEN);
}`,
};

/** Functions of both forms. A score of -Inf is that of a hidden key. */
export function commonCode(variant: Variant, heads: Heads): string {
  const { mask } = variant.dtypes;
  const visible = flag(variant, 'causal')
    ? 'u32(clamp(i32(i) + params.causalOffset + 1, 0, i32(params.keyLength)))'
    : 'params.keyLength';
  return `const HIDDEN = 0xff800000u;
const LOWEST = -3.4028234e38;
${load('q', 'size', heads.vectors, heads.aligned)}
${load('k', 'size', heads.vectors, heads.aligned)}
${load('v', 'valueSize', heads.valueVectors, heads.aligned)}
${store(heads)}
${MASKS[mask === undefined ? 'none' : mask === 'bool' ? 'bool' : 'float']}
// How many keys query i sees.
fn visible_keys(i: u32) -> u32 { return ${visible}; }
fn key_head_of(h: u32) -> u32 { return h / (params.heads / params.keyHeads); }
fn sum_of(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn largest_of(v: vec4f) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
// exp(scores - peak): 0 for hidden keys; NaN stays NaN.
fn weights_of(scores: vec4f, peak: f32) -> vec4f {
  let x = scores - vec4f(peak);
  let seen = select(exp(x), vec4f(), bitcast<vec4u>(scores) == vec4u(HIDDEN));
  return select(seen, x, (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
// 1 / total, NaN where no key was seen.
fn inverse_of(total: f32) -> f32 { return select(1.0 / total, from_bits(0x7fc00000u), total == 0.0); }`;
}

/** Bindings that are read and written as vectors. */
export function vectorBindings({ aligned, singleOut = false }: Heads): readonly string[] {
  if (!aligned) return [];
  return singleOut ? ['q', 'k', 'v'] : ['q', 'k', 'v', 'out'];
}

/** Where the mask of query i begins. */
export const MASK_ROW =
  'let mask_row = b * params.maskStrides.x + h * params.maskStrides.y + i * params.maskStrides.z;';
