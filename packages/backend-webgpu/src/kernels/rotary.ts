/** Rotary embedding, and the embedding of times. */

import { kernels, ROPE_STYLES } from '@wick/core';
import { choice, flag, wgslKernel } from '../kernel.js';

/**
 * (cos, sin) of position * frequency. The product is taken apart, so that no rounding of it is left over:
 * position and frequency are split into halves of twelve bits and the exact products reduced on their own.
 */
const ROTATION = `fn rotation(position: i32, frequency: f32) -> vec2f {
  let low = f32(position & 4095);
  let high = f32(position - (position & 4095));
  let coarse = bitcast<f32>(bitcast<u32>(frequency) & 0xfffff000u);
  let a = reduced_angle(high * coarse);
  let b = reduced_angle(low * coarse);
  let rest = a.rest + b.rest + f32(position) * (frequency - coarse);
  let last = reduced_angle(rest);
  let angle = ReducedAngle(last.rest, last.quarters + a.quarters + b.quarters);
  return vec2f(quarter_sine(angle, 1u), quarter_sine(angle, 0u));
}`;

/** An invocation turns one pair; those beyond the pairs copy what passes through. */
export const rope = wgslKernel(kernels.rope, {
  shader(variant) {
    // Pair i is (x[i * step], x[i * step + distance]).
    const [step, distance] =
      choice(variant, 'style', ROPE_STYLES) === 'half' ? ['1u', 'pairs'] : ['2u', '1u'];
    return {
      workgroup: 64,
      tile: 64,
      declarations: ROTATION,
      main: `  let i = block * 64u + lane;
  if (i >= params.batch * params.length * params.heads * params.size) { return; }
  let j = i % params.size;
  let h = (i / params.size) % params.heads;
  let row = i / (params.size * params.heads);
  let l = row % params.length;
  let at = (row / params.length) * params.strides.x + h * params.strides.y + l * params.strides.z;
  if (j >= params.rotary) {
    put_out(at + j, x_at(at + j));
    return;
  }
  let pairs = params.rotary / 2u;
  if (j >= pairs) { return; }
  let turn = rotation(positions_at(l), frequencies_at(j));
  let first = at + j * ${step};
  let second = first + ${distance};
  let a = x_at(first);
  let b = x_at(second);
  put_out(first, a * turn.x - b * turn.y);
  put_out(second, a * turn.y + b * turn.x);`,
    };
  },
});

export const timestepEmbedding = wgslKernel(kernels.timestepEmbedding, {
  shader(variant) {
    const [sine, cosine] = flag(variant, 'flip') ? ['half', '0u'] : ['0u', 'half'];
    return {
      workgroup: 64,
      tile: 64,
      main: `  let half = params.size / 2u;
  let index = block * 64u + lane;
  if (index >= params.count * half) { return; }
  let i = index % half;
  let n = index / half;
  let frequency = exp2(f32(i) / (f32(half) - params.shift) * -13.287712379549449); // log2(10000)
  let angle = reduced_angle(t_at(n) * frequency);
  put_out(n * params.size + ${sine} + i, quarter_sine(angle, 0u));
  put_out(n * params.size + ${cosine} + i, quarter_sine(angle, 1u));`,
    };
  },
});
