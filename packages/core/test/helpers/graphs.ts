/**
 * Recordings shaped like real networks: every op is one command, every intermediate a temporary, as the
 * tensor layer records them. Sizes are those of float32 activations.
 */

import type { Recording } from '../../src/recording/commands.js';
import { RecordingBuilder } from './recordings.js';

const FLOAT = 4;

/** Appends ops that each make one new temporary. */
class Network {
  readonly builder = new RecordingBuilder();

  weight(label: string, elements: number): number {
    return this.builder.memory(elements * FLOAT, label);
  }

  op(label: string, inputs: readonly number[], elements: number): number {
    const out = this.builder.temporary(Math.ceil(elements) * FLOAT, label);
    this.builder.dispatch(label, { reads: inputs, writes: [out], work: elements });
    return out;
  }

  /** A matrix product or convolution with a bias, as two commands. */
  linear(label: string, input: number, weights: number, elements: number): number {
    const weight = this.weight(`${label}.weight`, weights);
    const bias = this.weight(`${label}.bias`, 1024);
    return this.op(`${label}.bias`, [this.op(label, [input, weight], elements), bias], elements);
  }
}

export interface LlamaShape {
  readonly layers: number;
  readonly tokens: number;
  readonly width: number;
  readonly hidden: number;
  readonly vocabulary: number;
}

/** A forward pass of a Llama that appends to a key-value cache. */
export function llamaGraph({ layers, tokens, width, hidden, vocabulary }: LlamaShape): Recording {
  const net = new Network();
  const { builder } = net;
  const [stream, kv] = [tokens * width, (tokens * width) / 4];
  const linear = (label: string, input: number, rows: number, columns: number) =>
    net.op(label, [input, net.weight(`${label}.weight`, rows * columns)], tokens * columns);
  const norm = (label: string, input: number) =>
    net.op(label, [input, net.weight(`${label}.weight`, width)], stream);
  let x = net.op(
    'embed',
    [net.weight('tokens', tokens), net.weight('embedding', vocabulary * width)],
    stream,
  );
  for (let layer = 0; layer < layers; layer++) {
    const [keys, values] = ['keys', 'values'].map((label) => net.weight(`${layer}.${label}`, 2048 * width));
    const attended = norm(`${layer}.norm`, x);
    const query = net.op(`${layer}.rope q`, [linear(`${layer}.q`, attended, width, width)], stream);
    const key = net.op(`${layer}.rope k`, [linear(`${layer}.k`, attended, width, width / 4)], kv);
    const value = linear(`${layer}.v`, attended, width, width / 4);
    builder.copy(key, [keys, 0, kv * FLOAT]).copy(value, [values, 0, kv * FLOAT]);
    const mixed = net.op(`${layer}.attention`, [query, keys, values], stream);
    const middle = net.op(`${layer}.add`, [x, linear(`${layer}.o`, mixed, width, width)], stream);
    const fed = norm(`${layer}.norm 2`, middle);
    const gate = net.op(`${layer}.silu`, [linear(`${layer}.gate`, fed, width, hidden)], tokens * hidden);
    const up = linear(`${layer}.up`, fed, width, hidden);
    const product = net.op(`${layer}.mul`, [gate, up], tokens * hidden);
    x = net.op(`${layer}.add 2`, [middle, linear(`${layer}.down`, product, hidden, width)], stream);
  }
  const logits = linear('head', norm('norm', x), width, vocabulary);
  builder.copy(logits, net.weight('logits', tokens * vocabulary));
  return builder.build('llama');
}

/** The denoising network of a latent diffusion model: residual blocks, transformers, skips by concat. */
class DiffusionNetwork extends Network {
  readonly context = this.weight('encoder_hidden_states', 2 * 77 * 768);
  readonly time = this.op('time', [this.weight('timestep', 2)], 2 * 1280);

  /** A feature map of 2 pictures of side² pixels. */
  map(channels: number, side: number): number {
    return 2 * channels * side * side;
  }

  /** A group or layer norm with its affine part. */
  norm(label: string, input: number, elements: number): number {
    const normed = this.op(label, [input], elements);
    return this.op(`${label}.affine`, [normed, this.weight(`${label}.weight`, 1280)], elements);
  }

  /** A convolution of 3² with a padded input. */
  conv(label: string, input: number, channels: number, side: number, from = channels): number {
    const padded = this.op(`${label}.pad`, [input], this.map(from, side + 2));
    return this.linear(label, padded, 9 * from * channels, this.map(channels, side));
  }

  residual(label: string, input: number, from: number, to: number, side: number): number {
    const [inner, outer] = [this.map(from, side), this.map(to, side)];
    const active = this.op(`${label}.silu`, [this.norm(`${label}.norm`, input, inner)], inner);
    const first = this.conv(`${label}.conv 1`, active, to, side, from);
    const time = this.linear(
      `${label}.time`,
      this.op(`${label}.time silu`, [this.time], 2 * 1280),
      1280 * to,
      2 * to,
    );
    const shifted = this.op(`${label}.shift`, [first, time], outer);
    const again = this.op(`${label}.silu 2`, [this.norm(`${label}.norm 2`, shifted, outer)], outer);
    const second = this.conv(`${label}.conv 2`, again, to, side);
    const skip = from === to ? input : this.linear(`${label}.skip`, input, from * to, outer);
    return this.op(`${label}.add`, [second, skip], outer);
  }

  attend(
    label: string,
    input: number,
    source: number,
    elements: number,
    channels: number,
    rows: number,
  ): number {
    const normed = this.norm(`${label}.norm`, input, elements);
    const from = source === input ? normed : source;
    const heads = (name: string, of: number, size: number) =>
      this.op(`${label}.${name} heads`, [this.linear(`${label}.${name}`, of, channels ** 2, size)], size);
    const query = heads('q', normed, elements);
    const key = heads('k', from, rows * channels);
    const value = heads('v', from, rows * channels);
    const square = (elements / channels) * (rows / 2);
    const scores = this.op(`${label}.scale`, [this.op(`${label}.scores`, [query, key], square)], square);
    const weights = this.op(`${label}.softmax`, [scores], square);
    const mixed = this.op(`${label}.merge`, [this.op(`${label}.mix`, [weights, value], elements)], elements);
    return this.op(
      `${label}.add`,
      [input, this.linear(`${label}.out`, mixed, channels ** 2, elements)],
      elements,
    );
  }

  transformer(label: string, input: number, channels: number, side: number): number {
    const elements = this.map(channels, side);
    const rows = elements / channels;
    const entered = this.op(`${label}.permute`, [this.norm(`${label}.norm`, input, elements)], elements);
    let x = this.linear(`${label}.in`, entered, channels ** 2, elements);
    x = this.attend(`${label}.self`, x, x, elements, channels, rows);
    x = this.attend(`${label}.cross`, x, this.context, elements, channels, 2 * 77);
    const normed = this.norm(`${label}.norm 3`, x, elements);
    const wide = this.linear(`${label}.wide`, normed, 8 * channels ** 2, 8 * elements);
    const [left, right] = ['left', 'right'].map((half) => this.op(`${label}.${half}`, [wide], 4 * elements));
    const gelu = this.op(`${label}.gelu`, [right], 4 * elements);
    const gated = this.op(`${label}.gate`, [left, gelu], 4 * elements);
    x = this.op(
      `${label}.add`,
      [x, this.linear(`${label}.narrow`, gated, 4 * channels ** 2, elements)],
      elements,
    );
    const out = this.linear(`${label}.leave`, x, channels ** 2, elements);
    return this.op(`${label}.residual`, [this.op(`${label}.unpermute`, [out], elements), input], elements);
  }
}

/** One denoising step on latents of 64² with classifier-free guidance: about 1,500 commands. */
export function unetGraph(): Recording {
  const net = new DiffusionNetwork();
  const widths = [320, 640, 1280, 1280];
  let side = 64;
  let from = widths[0];
  let x = net.conv('conv in', net.weight('latents', net.map(4, side)), from, side, 4);
  const skips: { readonly map: number; readonly channels: number }[] = [{ map: x, channels: from }];
  widths.forEach((channels, level) => {
    for (let block = 0; block < 2; block++) {
      x = net.residual(`down ${level}.${block}`, x, from, channels, side);
      from = channels;
      if (level < 3) x = net.transformer(`down ${level}.${block} attention`, x, channels, side);
      skips.push({ map: x, channels });
    }
    if (level === 3) return;
    side /= 2;
    x = net.conv(`down ${level}`, x, channels, side);
    skips.push({ map: x, channels });
  });
  x = net.residual('middle 0', x, from, from, side);
  x = net.transformer('middle attention', x, from, side);
  x = net.residual('middle 1', x, from, from, side);
  for (let level = 3; level >= 0; level--) {
    for (let block = 0; block < 3; block++) {
      const skip = skips.pop();
      if (skip === undefined) throw new Error('the network is not symmetric');
      const joined = net.op(`concat ${level}.${block}`, [x, skip.map], net.map(from + skip.channels, side));
      x = net.residual(`up ${level}.${block}`, joined, from + skip.channels, widths[level], side);
      from = widths[level];
      if (level < 3) x = net.transformer(`up ${level}.${block} attention`, x, from, side);
    }
    if (level === 0) continue;
    side *= 2;
    x = net.conv(`up ${level}`, net.op(`upsample ${level}`, [x], net.map(from, side)), from, side);
  }
  const active = net.op('silu out', [net.norm('norm out', x, net.map(from, side))], net.map(from, side));
  const noise = net.conv('conv out', active, 4, side, from);
  net.builder.copy(noise, net.weight('noise', net.map(4, side)));
  return net.builder.build('unet');
}
