/** No picture is black or full of NaN without a word: the error names the layer that went wrong. */

import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { encodeHalf, type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSchedule,
  Denoiser,
  type DiffusionFiles,
  type DrawOptions,
  openDiffusionFolder,
  StableDiffusionPipeline,
  seededNoise,
  type Weights,
} from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

const folder = fileFolder(embeddedModelPath('shapes'));

/** Replaces the elements of one float16 weight. */
function spoil(weights: Weights, name: string, change: (value: number, index: number) => number): Weights {
  return {
    ...weights,
    read: async (wanted, signal) => {
      const bytes = await weights.read(wanted, signal);
      if (wanted !== name) return bytes;
      const { type, shape } = weights.tensors.get(name) ?? {};
      expect(type).toBe('F16');
      const count = (shape ?? []).reduce((product, size) => product * size, 1);
      return encodeHalf(Float32Array.from({ length: count }, (_, i) => change(1, i)));
    },
  };
}

type Part = keyof DiffusionFiles['weights'];

describe('unusable results', () => {
  let device: Device;

  beforeAll(async () => {
    device = await openDevice(cpu());
  });

  afterAll(async () => {
    await device?.close();
  });

  /** Draws with a model in which weights are replaced. */
  const drawSpoiled = async (
    spoiled: readonly (readonly [Part, string, (value: number, index: number) => number])[],
    options: Partial<DrawOptions> = {},
  ): Promise<unknown> => {
    const files = await openDiffusionFolder(folder);
    const weights = { ...files.weights };
    for (const [part, name, change] of spoiled) weights[part] = spoil(weights[part], name, change);
    using pipeline = await StableDiffusionPipeline.load(device, { ...files, weights });
    return await pipeline.draw({ prompts: ['a green star'], steps: 2, ...options });
  };
  const nan = (value: number, index: number) => (index === 5 ? Number.NaN : value * 0.01);

  it.each<[Part, string, string, Partial<DrawOptions>]>([
    [
      'textEncoder',
      'text_model.encoder.layers.1.mlp.fc1.weight',
      'text_encoder/text_model.encoder.layers.1.mlp.fc1',
      {},
    ],
    ['unet', 'mid_block.resnets.0.conv1.weight', 'unet/mid_block.resnets.0.conv1', {}],
    [
      'unet',
      'down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v.weight',
      'unet/down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_v',
      { guidance: 1 },
    ],
    ['vae', 'decoder.up_blocks.0.resnets.1.norm2.weight', 'vae/decoder.up_blocks.0.resnets.1.norm2', {}],
    [
      'vae',
      'encoder.mid_block.attentions.0.to_q.weight',
      'vae/encoder.mid_block.attentions.0.to_q',
      { image: { width: 64, height: 64, data: new Uint8Array(3 * 64 * 64).fill(99) } },
    ],
  ])('name the layer of the %s where a weight is NaN: %s', async (part, weight, label, options) => {
    const error = await failure('BAD_OUTPUT', () => drawSpoiled([[part, weight, nan]], options));
    expect(error.label).toBe(label);
    expect(error.message).toContain(`${label}, which is not a number`);
    expect(device.stats().buffers.live).toBe(0);
  });

  it('name the step after which latents overflow', async () => {
    const large = () => 60000;
    const error = await failure('BAD_OUTPUT', () =>
      drawSpoiled([
        ['unet', 'conv_in.weight', large],
        ['unet', 'conv_norm_out.weight', large],
        ['unet', 'conv_norm_out.bias', () => Number.POSITIVE_INFINITY],
      ]),
    );
    expect(error.message).toContain('after step 1 of 2');
    expect(error.label).toBe('unet/conv_norm_out');
  });

  it('refuse a picture that is all black', async () => {
    const dark = () => -1000;
    const error = await failure('BAD_OUTPUT', () => drawSpoiled([['vae', 'decoder.conv_out.bias', dark]]));
    expect(error.message).toContain('picture 1 of 1 is all black');
    expect(error.label).toBe('vae/brightness');
  });

  it('refuse latents of zeros, and name the layer that gave them', async () => {
    const zero = () => 0;
    const error = await failure('BAD_OUTPUT', () =>
      drawSpoiled(
        [
          ['unet', 'conv_out.weight', zero],
          ['unet', 'conv_out.bias', zero],
        ],
        { noise: new Float32Array(4 * 16 * 16) },
      ),
    );
    expect(error.message).toContain('the latents are zero everywhere after step 1 of 2');
    expect(error.label).toBe('unet/conv_out');
  });

  it('are found in a preview too', async () => {
    const error = await failure('BAD_OUTPUT', () =>
      drawSpoiled([['vae', 'post_quant_conv.weight', nan]], {
        onStep: async ({ preview }) => {
          await preview();
        },
      }),
    );
    expect(error.label).toBe('vae/post_quant_conv');
  });
});

describe('the hidden states of the text', () => {
  it('are the same bytes before and after every call of the UNet', async () => {
    await using device = await openDevice(cpu({ scrub: true }));
    using pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(folder));
    const { textEncoder, unet } = pipeline.networks;
    const ids = ['', 'a red ring'].flatMap((prompt) => [...pipeline.tokenize(prompt).ids]);
    const states = device
      .run(() => textEncoder.forward(tensor(device, Int32Array.from(ids), [2, 20])))
      .keep();
    const sum = async (value: Tensor) => checksum(await value.bytes());
    const want = await sum(states);
    expect(want).not.toBe(checksum(new Uint8Array(states.byteLength)));
    const schedule = createSchedule(pipeline.config.scheduler, { steps: 15, scheduler: 'pndm' });
    const noise = seededNoise(device, [1], [4, 16, 16], 'start').keep();
    using denoiser = new Denoiser(unet, noise, { schedule, states, guidance: 4 });
    const seen = new Set<number>();
    while (denoiser.stepsDone < schedule.steps.length) {
      expect(await sum(states), `before step ${denoiser.stepsDone}`).toBe(want);
      await denoiser.advance();
      expect(await sum(states), `after step ${denoiser.stepsDone}`).toBe(want);
      seen.add(await sum(denoiser.latents));
    }
    expect(seen.size).toBe(schedule.steps.length);
    await failure('INVALID_STATE', () => denoiser.advance());
  });
});

/** FNV-1a over bytes. */
function checksum(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => Math.imul(value ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
}
