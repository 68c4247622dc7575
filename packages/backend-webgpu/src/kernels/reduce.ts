/** Reductions and softmax. */

import { kernels, REDUCE_OPS, type ReduceOp } from '@wick/core';
import {
  choice,
  dtypeOf,
  fixedParam,
  flag,
  type Shader,
  sameDtype,
  type Variant,
  wgslKernel,
} from '../kernel.js';
import { heldShader, heldVectors } from '../wgsl/held.js';
import { BITS } from '../wgsl/library.js';
import { lineShader, lineWidth } from '../wgsl/lines.js';
import { rankOf, stridedOffsets } from '../wgsl/strided.js';
import { isFloat, type ValueType, valueType } from '../wgsl/types.js';
import type { Combine } from '../wgsl/workgroup.js';

const INFINITE: Readonly<Record<'max' | 'min', Readonly<Record<ValueType, string>>>> = {
  max: { f32: `from_bits(${BITS.minusInfinity})`, i32: 'i32(-2147483648)', u32: '0u' },
  min: { f32: `from_bits(${BITS.infinity})`, i32: '2147483647', u32: '4294967295u' },
};

/** What an empty reduction gives, and every other one starts with. */
function start(op: ReduceOp, type: ValueType): string {
  if (op === 'max' || op === 'min') return INFINITE[op][type];
  return op === 'prod' ? `${type}(1)` : `${type}(0)`;
}

function combination(op: ReduceOp, type: ValueType): Combine {
  if (op === 'max' || op === 'min') {
    const name = type === 'f32' ? `${op}_nan` : op;
    return (a, b) => `${name}(${a}, ${b})`;
  }
  return op === 'prod' ? (a, b) => `${a} * ${b}` : (a, b) => `${a} + ${b}`;
}

const reduceSame = sameDtype('x', 'out');

export const reduce = wgslKernel(kernels.reduce, {
  refuse(variant) {
    const mean = choice(variant, 'op', REDUCE_OPS) === 'mean';
    const dtype = dtypeOf(variant, 'x');
    return mean && !isFloat(dtype) ? `mean is not defined for ${dtype}` : reduceSame(variant);
  },

  /** Invocations a line; then, where it is strided, the ranks of both shapes. */
  specialize({ constants, params }) {
    const width = lineWidth(fixedParam(params.count));
    if (constants.layout === 'rows') return String(width);
    return `${width}/${rankOf(params.keptShape)}/${rankOf(params.reducedShape)}`;
  },

  shader(variant) {
    const op = choice(variant, 'op', REDUCE_OPS);
    const type = valueType(dtypeOf(variant, 'x'));
    const combine = combination(op, type);
    const [width, keptRank, reducedRank] = variant.specialization.split('/').map(Number);
    const places =
      choice(variant, 'layout', ['rows', 'strided']) === 'rows'
        ? `fn kept(i: u32) -> u32 { return i * params.count; }
fn reduced(j: u32) -> u32 { return j; }`
        : `${stridedOffsets({ name: 'kept', shape: 'keptShape', strides: ['keptStrides'], rank: keptRank })}
${stridedOffsets({ name: 'reduced', shape: 'reducedShape', strides: ['reducedStrides'], rank: reducedRank })}`;
    const finish =
      op === 'mean'
        ? `fn finish(total: f32) -> f32 {
  return select(total / f32(params.count), from_bits(${BITS.nan}), params.count == 0u);
}`
        : `fn finish(total: ${type}) -> ${type} { return total; }`;
    return lineShader({
      width,
      lines: 'params.outputs',
      type,
      declarations: `${places}\n${finish}`,
      reductions: { combined: combine },
      body: ({ all, each }) => `  let begin = kept(line);
  var own = ${start(op, type)};
  ${each('params.count', `own = ${combine('own', 'x_at(begin + reduced(j))')};`)}
  let total = ${all('combined', 'own')};
  if (member == 0u) { put_out(line, finish(total)); }`,
    });
  },
});

export const softmax = wgslKernel(kernels.softmax, {
  refuse: sameDtype('x', 'out'),

  /** Invocations a line, or vectors of each where it is held; lines across memory are walked side by side. */
  specialize({ params }) {
    if (fixedParam(params.inner) !== 1) return '1';
    const vectors = heldVectors(fixedParam(params.count));
    return vectors === undefined ? String(lineWidth(fixedParam(params.count))) : `held/${vectors}`;
  },

  shader(variant) {
    const [form, vectors] = variant.specialization.split('/');
    if (form === 'held') return heldSoftmax(variant, Number(vectors));
    const result = flag(variant, 'log') ? 'x_at(at) - peak - log_f(sum)' : 'exp_f(x_at(at) - peak) / sum';
    return lineShader({
      width: Number(variant.specialization),
      lines: '(params.outer * params.inner)',
      reductions: { largest: (a, b) => `max_nan(${a}, ${b})`, added: (a, b) => `${a} + ${b}` },
      body({ all, each }) {
        const along = (body: string) => each('params.count', `let at = begin + j * params.inner; ${body}`);
        return `  let begin = (line / params.inner) * params.count * params.inner + line % params.inner;
  var own_peak = from_bits(${BITS.minusInfinity});
  ${along('own_peak = max_nan(own_peak, x_at(at));')}
  let peak = ${all('largest', 'own_peak')};
  var own_sum = 0.0;
  ${along('own_sum += exp_f(x_at(at) - peak);')}
  let sum = ${all('added', 'own_sum')};
  ${along(`put_out(at, ${result});`)}`;
      },
    });
  },
});

function heldSoftmax(variant: Variant, vectors: number): Shader {
  const log = flag(variant, 'log');
  const exps = (v: string) => ['x', 'y', 'z', 'w'].map((c) => `exp_f(${v}.${c} - peak)`).join(', ');
  return heldShader({
    features: variant.features,
    vectors,
    lines: 'params.outer',
    count: 'params.count',
    reductions: { largest: (a, b) => `max_nan(${a}, ${b})`, added: (a, b) => `${a} + ${b}` },
    body: ({ all, each }) => `  var own_peak = from_bits(${BITS.minusInfinity});
${each((v) => `own_peak = max_nan(own_peak, max_nan(max_nan(${v}.x, ${v}.y), max_nan(${v}.z, ${v}.w)));`)}
  let peak = ${all('largest', 'own_peak')};
  var own_sum = 0.0;
${each((v) => `let e = vec4f(${exps(v)}); own_sum += (e.x + e.y) + (e.z + e.w); ${log ? '' : `${v} = e;`}`)}
  let sum = ${all('added', 'own_sum')};
${each((v) => (log ? `${v} = ${v} - peak - log_f(sum);` : `${v} = ${v} / sum;`))}`,
  });
}
