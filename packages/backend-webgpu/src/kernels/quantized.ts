/** Kernels that read block-quantised weights, four at a time. */

import { kernels, QUANTIZED_FORMATS } from '@wick/core';
import { choice, type Variant, wgslKernel } from '../kernel.js';
import { blockCode, quadsOfBlock } from '../wgsl/blocks.js';
import { vectorShader } from '../wgsl/vectors.js';
import { workgroupReduction } from '../wgsl/workgroup.js';

const formatOf = (variant: Variant) => choice(variant, 'format', QUANTIZED_FORMATS);

export const dequantize = wgslKernel(kernels.dequantize, {
  shader(variant) {
    const quads = quadsOfBlock(formatOf(variant));
    return vectorShader({
      size: 'params.size',
      inputs: [],
      declarations: blockCode(formatOf(variant)),
      value: `weight_quad(word / ${quads}u, word % ${quads}u)`,
    });
  },
});

export const quantizedEmbedding = wgslKernel(kernels.quantizedEmbedding, {
  shader(variant) {
    const quads = quadsOfBlock(formatOf(variant));
    return vectorShader({
      size: 'params.width * params.count',
      inputs: [],
      declarations: `${blockCode(formatOf(variant))}
fn row_of(index: i32) -> u32 { return min(bitcast<u32>(max(index, 0)), params.rows - 1u); }
fn quad_of(word: u32) -> vec4f {
  let width = params.width / 4u;
  let quad = row_of(index_at(word / width)) * width + word % width;
  return weight_quad(quad / ${quads}u, quad % ${quads}u);
}`,
      value: 'quad_of(word)',
    });
  },
});

/** Rows of x that a workgroup multiplies with a row of weights, which it so decodes once for all of them. */
const ROWS = 4;
const WIDTH = 64;

/** A workgroup for each row of weights and every few rows of x. */
export const quantizedMatmul = wgslKernel(kernels.quantizedMatmul, {
  shader(variant) {
    const quads = quadsOfBlock(formatOf(variant));
    const rows = Array.from({ length: ROWS }, (_, r) => r);
    const bias = variant.dtypes.bias === undefined ? '' : ' + bias_at(column)';
    return {
      workgroup: WIDTH,
      tile: [1, ROWS, 1],
      grid: ['params.n', 'params.m', '1u'],
      vectors: ['x'],
      declarations: `${blockCode(formatOf(variant))}
${workgroupReduction('added', 'f32', WIDTH, (a, b) => `${a} + ${b}`)}`,
      main: `  let column = tile.x;
  let row = tile.y * ${ROWS}u;
  let width = params.k / 4u;
${rows.map((r) => `  var own_${r} = 0.0;\n  let begin_${r} = min(row + ${r}u, params.m - 1u) * width;`).join('\n')}
  for (var i = lane; i < width; i += ${WIDTH}u) {
    let quad = column * width + i;
    let weights = weight_quad(quad / ${quads}u, quad % ${quads}u);
${rows.map((r) => `    own_${r} += dot(weights, x_four(begin_${r} + i));`).join('\n')}
  }
${rows
  .map(
    (r) => `  let sum_${r} = added(own_${r}, lane);
  if (lane == 0u && row + ${r}u < params.m) { put_out((row + ${r}u) * params.n + column, sum_${r}${bias}); }`,
  )
  .join('\n')}`,
    };
  },
});
