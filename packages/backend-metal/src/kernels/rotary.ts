/** Rotary embedding, and the embedding of times. */

import { kernels, ROPE_STYLES } from '@wick/core';
import { choice, dtypeOf, flag, mslKernel, type Variant } from '../kernel.js';
import { ANGLES } from '../msl/functions.js';
import { constantsText, kernelText, MAP_THREADS, MAP_TILE, mapBody, moduleText } from '../msl/module.js';
import { STORED } from '../msl/types.js';

/** Pairs are neighbours in place of halves. */
const INTERLEAVED = { name: 'interleaved', index: 0, type: 'bool' } as const;
/** Cosines first. */
const FLIP = { name: 'flip', index: 0, type: 'bool' } as const;

const launch = { threads: MAP_THREADS, tile: MAP_TILE } as const;

const types = (variant: Variant, ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, STORED[dtypeOf(variant, name)]]));

/**
 * A thread turns one pair; those beyond the pairs copy what passes through. The angle is an exact product,
 * since a rounding of one at a late position would show.
 */
export const rope = mslKernel(kernels.rope, {
  shader(variant) {
    const stored = STORED[dtypeOf(variant, 'out')];
    return {
      source: moduleText(
        constantsText([INTERLEAVED]),
        ANGLES,
        kernelText({
          entry: 'rope',
          contract: kernels.rope,
          types: types(variant, 'x', 'positions', 'frequencies', 'out'),
          body: mapBody(
            'params.batch * params.length * params.heads * params.size',
            `    const uint j = i % params.size;
    const uint h = (i / params.size) % params.heads;
    const uint row = i / (params.size * params.heads);
    const uint l = row % params.length;
    const uint at = (row / params.length) * params.strides[0] + h * params.strides[1] + l * params.strides[2];
    const uint pairs = params.rotary / 2;
    if (j >= params.rotary) {
      out[at + j] = ${stored}(x[at + j]);
    } else if (j < pairs) {
      const float2 turn = cos_sin(exact_product(float(positions[l]), frequencies[j]));
      const uint first = at + (interleaved ? 2 * j : j);
      const uint second = first + (interleaved ? 1 : pairs);
      const float a = float(x[first]);
      const float b = float(x[second]);
      out[first] = ${stored}(a * turn.x - b * turn.y);
      out[second] = ${stored}(a * turn.y + b * turn.x);
    }`,
          ),
        }),
      ),
      entry: 'rope',
      constants: [
        {
          index: INTERLEAVED.index,
          type: INTERLEAVED.type,
          value: choice(variant, 'style', ROPE_STYLES) === 'interleaved',
        },
      ],
      ...launch,
    };
  },
});

/**
 * t * 10000^-share as a sum of two floats: the error of a float exponential, times t, would be larger than
 * sines allow. 2^y is 2^n (1 + f ln 2 + ...), n whole and |f| at most 1/2; the constants are split so that
 * the products with them are exact to twice the precision.
 */
const TIMES = `inline SplitFloat exact_sum(float a, float b) {
  const float high = a + b;
  const float rest = high - a;
  return SplitFloat{high, (a - (high - rest)) + (b - rest)};
}

inline SplitFloat time_angle(float t, float numerator, float denominator) {
  const float share = numerator / denominator;
  const float share_rest = fma(-share, denominator, numerator) / denominator;
  const SplitFloat exponent = exact_product(-13.28771209716796875f, share); // log2(10000) = 13.28771237954945
  const float exponent_rest = exponent.low - 13.28771209716796875f * share_rest - 2.8238148e-7f * share;
  const float whole = rint(exponent.high);
  const SplitFloat f = exact_sum(exponent.high - whole, exponent_rest);
  const SplitFloat linear = exact_product(f.high, 0.693147182464599609375f); // ln 2 = 0.6931471805599453
  const float linear_rest = linear.low + f.low * 0.6931472f - f.high * 1.9046542e-9f;
  // exp(z), z = f ln 2 = linear.high + linear_rest, as 1 + z + z^2 / 2 + cubic
  const float z = linear.high;
  const SplitFloat square = exact_product(0.5f * z, z);
  const float cubic = z * z * z * (0.16666667f + z * (4.1666668e-2f + z * (8.3333333e-3f
    + z * (1.3888889e-3f + z * (1.984127e-4f + z * 2.4801587e-5f)))));
  const SplitFloat upper = exact_sum(1.0f, z);
  const SplitFloat sum = exact_sum(upper.high, square.high);
  const float rest = (cubic + (upper.low + sum.low)) + (square.low + linear_rest + z * linear_rest);
  const SplitFloat factor = exact_sum(sum.high, rest);
  const SplitFloat product = exact_product(t, factor.high);
  const float scale = exp2(whole);
  return SplitFloat{product.high * scale, (product.low + t * factor.low) * scale};
}`;

export const timestepEmbedding = mslKernel(kernels.timestepEmbedding, {
  shader(variant) {
    const stored = STORED[dtypeOf(variant, 'out')];
    return {
      source: moduleText(
        constantsText([FLIP]),
        ANGLES,
        TIMES,
        kernelText({
          entry: 'timestep_embedding',
          contract: kernels.timestepEmbedding,
          types: types(variant, 't', 'out'),
          body: mapBody(
            'params.count * (params.size / 2)',
            `    const uint pairs = params.size / 2;
    const uint n = i / pairs;
    const uint j = i - n * pairs;
    const float2 turn = cos_sin(time_angle(float(t[n]), float(j), float(pairs) - params.shift));
    out[n * params.size + (flip ? pairs : 0) + j] = ${stored}(turn.y);
    out[n * params.size + (flip ? 0 : pairs) + j] = ${stored}(turn.x);`,
          ),
        }),
      ),
      entry: 'timestep_embedding',
      constants: [{ index: FLIP.index, type: FLIP.type, value: flag(variant, 'flip') }],
      ...launch,
    };
  },
});
