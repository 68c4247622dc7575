/**
 * One denoising step at the shape of Stable Diffusion 1.5 with guidance: two latents of 64 x 64, 320 to 1280
 * channels, 8 heads, 77 tokens of 768 that every block reads anew. The weights are zeros, the shapes real.
 */

import { concat, type Tensor, timestepEmbedding } from '@wick/tensor';
import { attend, conv, dense, feedForward, groups, type Weights } from './layers.js';

const CHANNELS = [320, 640, 1280, 1280];
const HEADS = 8;
const BLOCKS = 2;

export interface UNetInputs {
  /** float16 [1, 4, 64, 64]. */
  readonly latents: Tensor;
  /** float32 [2]. */
  readonly timesteps: Tensor;
  /** float16 [2, 77, 768]: without and with the prompt. */
  readonly context: Tensor;
}

/** The latents of the next step. */
export function denoise(weights: Weights, { latents, timesteps, context }: UNetInputs): Tensor {
  weights.restart();
  const both = concat([latents, latents], 0);
  const noise = unet(weights, both, timesteps, context);
  const [plain, prompted] = noise.split(2, 0);
  const guided = plain.add(prompted.sub(plain).mul(7.5));
  return latents.mul(0.98).sub(guided.mul(0.2));
}

function unet(weights: Weights, x: Tensor, timesteps: Tensor, context: Tensor): Tensor {
  const embedded = timestepEmbedding(timesteps, 320, { flip: true }).cast('float16');
  const time = dense(weights, dense(weights, embedded, 1280).silu(), 1280);
  const block = (input: Tensor, channels: number, attends: boolean) => {
    const out = residual(weights, input, time, channels);
    return attends ? transformer(weights, out, context) : out;
  };
  let hidden = conv(weights, x, CHANNELS[0], 3);
  const skips = [hidden];
  CHANNELS.forEach((channels, level) => {
    const last = level === CHANNELS.length - 1;
    for (let i = 0; i < BLOCKS; i++) {
      hidden = block(hidden, channels, !last);
      skips.push(hidden);
    }
    if (last) return;
    hidden = conv(weights, hidden, channels, 3, 2);
    skips.push(hidden);
  });
  const middle = CHANNELS[CHANNELS.length - 1];
  hidden = block(block(hidden, middle, true), middle, false);
  for (let level = CHANNELS.length - 1; level >= 0; level--) {
    for (let i = 0; i <= BLOCKS; i++) {
      const skip = skips.pop();
      if (skip !== undefined) hidden = concat([hidden, skip], 1);
      hidden = block(hidden, CHANNELS[level], level < CHANNELS.length - 1);
    }
    if (level === 0) break;
    const [, , height, width] = hidden.shape;
    hidden = conv(weights, hidden.upsampleNearest([2 * height, 2 * width]), CHANNELS[level], 3);
  }
  return conv(weights, groups(weights, hidden).silu(), 4, 3);
}

function residual(weights: Weights, x: Tensor, time: Tensor, channels: number): Tensor {
  const inner = conv(weights, groups(weights, x).silu(), channels, 3);
  const shift = dense(weights, time.silu(), channels).reshape([x.shape[0], channels, 1, 1]);
  const outer = conv(weights, groups(weights, inner.add(shift)).silu(), channels, 3);
  return outer.add(x.shape[1] === channels ? x : conv(weights, x, channels, 1));
}

function transformer(weights: Weights, x: Tensor, context: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape;
  const size = height * width;
  const projected = conv(weights, groups(weights, x), channels, 1);
  let hidden = projected.reshape([batch, channels, size]).permute([0, 2, 1]);
  hidden = attend(weights, hidden, hidden, HEADS);
  hidden = attend(weights, hidden, context, HEADS);
  hidden = feedForward(weights, hidden);
  const back = hidden.permute([0, 2, 1]).reshape([batch, channels, height, width]);
  return x.add(conv(weights, back, channels, 1));
}
