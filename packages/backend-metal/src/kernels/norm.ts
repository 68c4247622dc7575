/** Normalisations: a text for each choice of dtypes of input, weight and bias. */

import { type DType, kernels } from '@wick/core';
import { dtypeOf, fixedParam, type MslShader, mslKernel, sameDtype, type Variant } from '../kernel.js';
import {
  combinedText,
  eachOf,
  lineCells,
  lineLaunch,
  lineStart,
  lineWidth,
  specializedWidth,
  WIDTH,
} from '../msl/lines.js';
import { constantsText, kernelText, MAP_THREADS, MAP_TILE, mapBody, moduleText } from '../msl/module.js';
import { NUMBERS } from '../msl/numbers.js';
import { STORED } from '../msl/types.js';

const PLACES = ['group', 'lane', 'simd', 'member'] as const;

const SUMS = `inline float step_of(uint op, float a, float b) { return a + b; }

${combinedText('float')}`;

/** What stands around the kernels over lines. */
const lineModule = (kernel: string) => moduleText(constantsText([WIDTH]), NUMBERS, SUMS, kernel);

/** MSL types of the bindings of a variant. */
function storedTypes({ dtypes }: Variant): Record<string, string | undefined> {
  const stored = (dtype: DType | undefined) => (dtype === undefined ? undefined : STORED[dtype]);
  return Object.fromEntries(Object.entries(dtypes).map(([name, dtype]) => [name, stored(dtype)]));
}

/** `value`, times element `at` of the weight and plus that of the bias, where they are given. */
function affine({ dtypes }: Variant, value: string, at: string): string {
  const weight = dtypes.weight === undefined ? '' : ` * float(weight[${at}])`;
  const bias = dtypes.bias === undefined ? '' : ` + float(bias[${at}])`;
  return `${STORED[dtypes.out ?? 'float32']}(${value}${weight}${bias})`;
}

function launched(variant: Variant, entry: string, source: string): MslShader {
  const width = specializedWidth(variant.specialization);
  return {
    source,
    entry,
    constants: [{ index: WIDTH.index, type: WIDTH.type, value: width }],
    ...lineLaunch(width),
  };
}

/** Runs of `count` elements, each less its mean and over its deviation; `j` and `line` name the channel. */
function standardised(variant: Variant, lines: string, count: string, channel: string): string {
  return `${lineCells('float')}
${lineStart(lines)}
  const uint count = ${count};
  const uint begin = line * count;
  float sum = 0.0f;
${eachOf('count', '    sum += float(x[begin + j]);')}
  const float mean = combined(0, sum, cells, simd, member) / float(count);
  float squares = 0.0f;
${eachOf(
  'count',
  `    const float difference = float(x[begin + j]) - mean;
    squares += difference * difference;`,
)}
  const float inverse = rsqrt(combined(0, squares, cells, simd, member) / float(count) + params.eps);
${eachOf(
  'count',
  `    const uint channel = ${channel};
    out[begin + j] = ${affine(variant, '(float(x[begin + j]) - mean) * inverse', 'channel')};`,
)}`;
}

export const layerNorm = mslKernel(kernels.layerNorm, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(lineWidth(fixedParam(params.width), fixedParam(params.rows))),
  shader: (variant) =>
    launched(
      variant,
      'layer_norm',
      lineModule(
        kernelText({
          entry: 'layer_norm',
          contract: kernels.layerNorm,
          types: storedTypes(variant),
          places: PLACES,
          body: standardised(variant, 'params.rows', 'params.width', 'j'),
        }),
      ),
    ),
});

/** The channels of a group lie side by side, so a group is one run of x. */
export const groupNorm = mslKernel(kernels.groupNorm, {
  refuse: sameDtype('x', 'out'),
  specialize({ params }) {
    const [channels, groups, spatial] = [params.channels, params.groups, params.spatial].map(fixedParam);
    const known = channels !== undefined && groups !== undefined && spatial !== undefined;
    return String(lineWidth(known ? (channels / groups) * spatial : undefined));
  },
  shader: (variant) =>
    launched(
      variant,
      'group_norm',
      lineModule(
        kernelText({
          entry: 'group_norm',
          contract: kernels.groupNorm,
          types: storedTypes(variant),
          places: PLACES,
          body: standardised(
            variant,
            'params.batch * params.groups',
            '(params.channels / params.groups) * params.spatial',
            '(line % params.groups) * (params.channels / params.groups) + j / params.spatial',
          ),
        }),
      ),
    ),
});

export const rmsNorm = mslKernel(kernels.rmsNorm, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(lineWidth(fixedParam(params.width), fixedParam(params.rows))),
  shader: (variant) =>
    launched(
      variant,
      'rms_norm',
      lineModule(
        kernelText({
          entry: 'rms_norm',
          contract: kernels.rmsNorm,
          types: storedTypes(variant),
          places: PLACES,
          body: `${lineCells('float')}
${lineStart('params.rows')}
  const uint begin = line * params.width;
  float squares = 0.0f;
${eachOf(
  'params.width',
  `    const float value = float(x[begin + j]);
    squares += value * value;`,
)}
  const float mean = combined(0, squares, cells, simd, member) / float(params.width);
  const float inverse = rsqrt(mean + params.eps);
${eachOf('params.width', `    out[begin + j] = ${affine(variant, 'float(x[begin + j]) * inverse', 'j')};`)}`,
        }),
      ),
    ),
});

export const batchNorm = mslKernel(kernels.batchNorm, {
  refuse: sameDtype('x', 'out'),
  shader: (variant) => ({
    source: moduleText(
      kernelText({
        entry: 'batch_norm',
        contract: kernels.batchNorm,
        types: storedTypes(variant),
        body: mapBody(
          'params.batch * params.channels * params.spatial',
          `    const uint c = (i / params.spatial) % params.channels;
    const float inverse = rsqrt(float(variance[c]) + params.eps);
    out[i] = ${affine(variant, '(float(x[i]) - float(mean[c])) * inverse', 'c')};`,
        ),
      }),
    ),
    entry: 'batch_norm',
    threads: MAP_THREADS,
    tile: MAP_TILE,
  }),
});

/** A threadgroup takes a sample, a thread some of its channels. */
export const globalResponseNorm = mslKernel(kernels.globalResponseNorm, {
  refuse: sameDtype('x', 'out'),
  specialize: () => '256',
  shader: (variant) =>
    launched(
      variant,
      'global_response_norm',
      lineModule(
        kernelText({
          entry: 'global_response_norm',
          contract: kernels.globalResponseNorm,
          types: storedTypes(variant),
          places: PLACES,
          body: `${lineCells('float')}
${lineStart('params.batch')}
  const uint begin = line * params.spatial * params.channels;
  float norms = 0.0f;
  for (uint pass = 0; pass < 2; pass++) {
    const float mean = pass == 0 ? 1.0f : combined(0, norms, cells, simd, member) / float(params.channels) + 1e-6f;
    for (uint c = own; c < params.channels; c += width) {
      float squares = 0.0f;
      for (uint s = 0; s < params.spatial; s++) {
        const float value = float(x[begin + s * params.channels + c]);
        squares += value * value;
      }
      const float norm = sqrt(squares);
      norms += norm;
      if (pass == 0) continue;
      const float factor = float(gamma[c]) * (norm / mean);
      const float shift = float(beta[c]);
      for (uint s = 0; s < params.spatial; s++) {
        const uint at = begin + s * params.channels + c;
        const float value = float(x[at]);
        out[at] = ${STORED[dtypeOf(variant, 'out')]}(value * factor + shift + value);
      }
    }
  }`,
        }),
      ),
    ),
});
