/** Normalisations. */

import { kernels } from '@wick/core';
import { fixedParam, type Shader, sameDtype, type Variant, wgslKernel } from '../kernel.js';
import { heldShader, heldVectors } from '../wgsl/held.js';
import { lineShader, lineWidth } from '../wgsl/lines.js';
import { mapShader } from '../wgsl/map.js';

const ADDED = { added: (a: string, b: string) => `${a} + ${b}` };

/** Invocations a row, or vectors of each where a row is held. */
function rowForm(width: number | undefined): string {
  const vectors = heldVectors(width);
  return vectors === undefined ? String(lineWidth(width)) : `held/${vectors}`;
}

function heldOf({ specialization }: Variant): number | undefined {
  const [form, vectors] = specialization.split('/');
  return form === 'held' ? Number(vectors) : undefined;
}

/** Rows less their mean (where `centred`) and over their deviation. */
function heldNorm(variant: Variant, vectors: number, centred: boolean): Shader {
  const quad = (name: string, operator: string, word: string) =>
    variant.dtypes[name] === undefined
      ? ''
      : ` ${operator} vec4f(${[0, 1, 2, 3].map((c) => `${name}_at(4u * ${word} + ${c}u)`).join(', ')})`;
  const mean = (
    all: (reduction: string, value: string) => string,
    each: (body: (v: string) => string) => string,
  ) =>
    `  var own_sum = 0.0;
${each((v) => `own_sum += (${v}.x + ${v}.y) + (${v}.z + ${v}.w);`)}
  let mean = ${all('added', 'own_sum')} / f32(params.width);
${each((v) => `${v} -= mean;`)}`;
  return heldShader({
    features: variant.features,
    vectors,
    lines: 'params.rows',
    count: 'params.width',
    reductions: ADDED,
    body: ({ all, each }) => `${centred ? mean(all, each) : ''}
  var own_squares = 0.0;
${each((v) => `own_squares += dot(${v}, ${v});`)}
  let inverse = inverseSqrt(${all('added', 'own_squares')} / f32(params.width) + params.eps);
${each((v, word) => `${v} = ${v} * inverse${quad('weight', '*', word)}${centred ? quad('bias', '+', word) : ''};`)}`,
  });
}

export const rmsNorm = wgslKernel(kernels.rmsNorm, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => rowForm(fixedParam(params.width)),
  shader(variant) {
    const vectors = heldOf(variant);
    if (vectors !== undefined) return heldNorm(variant, vectors, false);
    const weight = variant.dtypes.weight === undefined ? '' : ' * weight_at(j)';
    return lineShader({
      width: Number(variant.specialization),
      lines: 'params.rows',
      reductions: { added: (a, b) => `${a} + ${b}` },
      body: ({ all, each }) => `  let begin = line * params.width;
  var own = 0.0;
  ${each('params.width', 'let value = x_at(begin + j); own += value * value;')}
  let inverse = inverseSqrt(${all('added', 'own')} / f32(params.width) + params.eps);
  ${each('params.width', `put_out(begin + j, x_at(begin + j) * inverse${weight});`)}`,
    });
  },
});

/** `value`, times element `at` of the weight and plus that of the bias, where they are given. */
function affine({ dtypes }: Variant, value: string, at: string): string {
  const weight = dtypes.weight === undefined ? '' : ` * weight_at(${at})`;
  const bias = dtypes.bias === undefined ? '' : ` + bias_at(${at})`;
  return `${value}${weight}${bias}`;
}

/** Runs of `count` elements, each less its mean and over its deviation; `channel` in `j` and `line`. */
function standardised(variant: Variant, lines: string, count: string, channel: string): Shader {
  return lineShader({
    width: Number(variant.specialization),
    lines,
    reductions: ADDED,
    body: ({ all, each }) => `  let count = ${count};
  let begin = line * count;
  var own_sum = 0.0;
  ${each('count', 'own_sum += x_at(begin + j);')}
  let mean = ${all('added', 'own_sum')} / f32(count);
  var own_squares = 0.0;
  ${each('count', 'let difference = x_at(begin + j) - mean; own_squares += difference * difference;')}
  let inverse = inverseSqrt(${all('added', 'own_squares')} / f32(count) + params.eps);
  ${each(
    'count',
    `let channel = ${channel}; put_out(begin + j, ${affine(variant, '(x_at(begin + j) - mean) * inverse', 'channel')});`,
  )}`,
  });
}

export const layerNorm = wgslKernel(kernels.layerNorm, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => rowForm(fixedParam(params.width)),
  shader(variant) {
    const vectors = heldOf(variant);
    if (vectors !== undefined) return heldNorm(variant, vectors, true);
    return standardised(variant, 'params.rows', 'params.width', 'j');
  },
});

/** The channels of a group lie side by side, so a group is one run of x. */
export const groupNorm = wgslKernel(kernels.groupNorm, {
  refuse: sameDtype('x', 'out'),
  specialize({ params }) {
    const [channels, groups, spatial] = [params.channels, params.groups, params.spatial].map(fixedParam);
    const known = channels !== undefined && groups !== undefined && spatial !== undefined;
    return String(lineWidth(known ? (channels / groups) * spatial : undefined));
  },
  shader: (variant) =>
    standardised(
      variant,
      '(params.batch * params.groups)',
      '(params.channels / params.groups) * params.spatial',
      '(line % params.groups) * (params.channels / params.groups) + j / params.spatial',
    ),
});

export const batchNorm = wgslKernel(kernels.batchNorm, {
  refuse: sameDtype('x', 'out'),
  shader: (variant) =>
    mapShader(variant, {
      size: 'params.batch * params.channels * params.spatial',
      declarations: `fn normal(i: u32) -> f32 {
  let c = (i / params.spatial) % params.channels;
  return ${affine(variant, '(x_at(i) - mean_at(c)) * inverseSqrt(variance_at(c) + params.eps)', 'c')};
}`,
      value: 'normal(i)',
    }),
});

/** A workgroup takes a sample, an invocation some of its channels. */
export const globalResponseNorm = wgslKernel(kernels.globalResponseNorm, {
  refuse: sameDtype('x', 'out'),
  shader: () =>
    lineShader({
      width: 256,
      lines: 'params.batch',
      declarations: `fn channel_norm(begin: u32) -> f32 {
  var squares = 0.0;
  for (var s = 0u; s < params.spatial; s++) {
    let value = x_at(begin + s * params.channels);
    squares += value * value;
  }
  return sqrt(squares);
}`,
      reductions: ADDED,
      body: ({ all, each }) => `  let begin = line * params.spatial * params.channels;
  var own_norms = 0.0;
  ${each('params.channels', 'own_norms += channel_norm(begin + j);')}
  let mean = ${all('added', 'own_norms')} / f32(params.channels) + 1e-6;
  ${each(
    'params.channels',
    `let scale = gamma_at(j) * (channel_norm(begin + j) / mean);
    for (var s = 0u; s < params.spatial; s++) {
      let at = begin + s * params.channels + j;
      let value = x_at(at);
      put_out(at, value * scale + beta_at(j) + value);
    }`,
  )}`,
    }),
});
