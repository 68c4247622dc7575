import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { randomNormal } from '@wick/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  evenLevels,
  openWuerstchen,
  type RgbImage,
  type Weights,
  type WuerstchenDrawOptions,
  type WuerstchenFiles,
  WuerstchenPipeline,
  type WuerstchenPrompt,
} from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';
import { WUERSTCHEN_TINY } from './fixture.js';

const prompt = (...tokens: number[]): Exclude<WuerstchenPrompt, string> => ({
  ids: [598, ...tokens, 599, ...new Array<number>(75 - tokens.length).fill(0)],
  tokens: tokens.length + 2,
});
const EMPTY = prompt();
const [RED, BLUE] = [prompt(5, 17, 101), prompt(44, 2)];
const SMALL: Omit<WuerstchenDrawOptions, 'prompts'> = {
  negativePrompt: EMPTY,
  // Four rows of embeddings, 16 of latents, 64 of the picture.
  width: 150,
  height: 150,
  prior: { levels: evenLevels(3) },
  decoder: { levels: evenLevels(2) },
};
const same = (a: RgbImage, b: RgbImage) => Buffer.compare(a.data, b.data) === 0;

const open = (): Promise<WuerstchenFiles> => {
  const folder = fileFolder(requireShared(WUERSTCHEN_TINY));
  return openWuerstchen(folder.folder('prior_pipeline'), folder.folder('decoder_pipeline'));
};

describeShared('Würstchen as a program uses it', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(cpu({ scrub: true }));
  });
  afterAll(() => device.close());

  describe('drawing', () => {
    let pipeline: WuerstchenPipeline;
    let idle: number;
    beforeAll(async () => {
      pipeline = await WuerstchenPipeline.load(device, await open());
      idle = device.stats().buffers.live;
    });
    afterAll(() => pipeline[Symbol.dispose]());
    const draw = (options: Partial<WuerstchenDrawOptions>) =>
      pipeline.draw({ prompts: [RED], ...SMALL, ...options });

    it('gives the same picture for the same seed, whatever else is in the batch', async () => {
      const [red] = await draw({ seed: 7 });
      expect([red.width, red.height]).toEqual([64, 64]);
      const [blue, second] = await draw({ prompts: [BLUE, RED], seed: 6 });
      expect(same(red, second)).toBe(true);
      expect(same(red, blue)).toBe(false);
      const [other] = await draw({ seed: 8 });
      expect(same(red, other)).toBe(false);
      expect(device.stats().buffers.live).toBe(idle);
    });

    it('looks at what is not wanted only with guidance', async () => {
      const unguided = { levels: evenLevels(3), guidance: 1 };
      const [one] = await draw({ prior: unguided });
      const [two] = await draw({ prior: unguided, negativePrompt: BLUE });
      expect(same(one, two)).toBe(true);
      const [three] = await draw({ negativePrompt: BLUE });
      const [four] = await draw({});
      expect(same(three, four)).toBe(false);
    });

    it('decodes the same picture in tiles as in one, without a seam', async () => {
      const { decoder } = pipeline;
      using latents = randomNormal(device, [2, 4, 20, 28], { seed: 3 });
      const whole = await decoder.pictures(latents);
      const tiled = await decoder.pictures(latents, { tileSize: 9 });
      expect(decoder.networks.vqgan.decodeReach).toBe(5);
      expect(tiled.map(({ width, height }) => [width, height])).toEqual([
        [112, 80],
        [112, 80],
      ]);
      expect(tiled.every((picture, i) => same(picture, whole[i]))).toBe(true);
    });

    it('reports the steps of both stages', async () => {
      const steps: string[] = [];
      const progress: string[] = [];
      await draw({
        onStep: ({ stage, step, steps: count, level, latents }) => {
          steps.push(`${stage} ${step} of ${count} from ${level.toFixed(2)} [${latents.shape}]`);
        },
        onProgress: ({ kind, label, loaded, total }) => progress.push(`${kind} ${label} ${loaded}/${total}`),
      });
      expect(steps).toEqual([
        'prior 1 of 3 from 1.00 [1,8,4,4]',
        'prior 2 of 3 from 0.67 [1,8,4,4]',
        'prior 3 of 3 from 0.33 [1,8,4,4]',
        'decoder 1 of 2 from 1.00 [1,4,16,16]',
        'decoder 2 of 2 from 0.50 [1,4,16,16]',
      ]);
      expect(progress).toEqual([
        ...[0, 1, 2, 3].map((i) => `step prior ${i}/3`),
        ...[0, 1, 2].map((i) => `step decoder ${i}/2`),
      ]);
    });

    it.each(['prior', 'decoder'] as const)(
      'is cancelled in the %s and leaves nothing behind',
      async (stage) => {
        const controller = new AbortController();
        const { signal } = controller;
        await failure('CANCELLED', () =>
          draw({
            signal,
            onStep: (report) => {
              if (report.stage === stage) controller.abort();
            },
          }),
        );
        await failure('CANCELLED', () => draw({ signal }));
        await device.idle();
        expect(device.stats().buffers.live).toBe(idle);
      },
    );

    it('passes on what a listener throws', async () => {
      const onStep = () => {
        throw new Error('stop');
      };
      await expect(draw({ onStep })).rejects.toThrow('stop');
      expect(device.stats().buffers.live).toBe(idle);
    });

    it.each<[string, Partial<WuerstchenDrawOptions>]>([
      ['no prompt', { prompts: [] }],
      ['a text, without a tokenizer', { prompts: ['a red circle'] }],
      ['too few token ids', { prompts: [{ ids: [1, 2], tokens: 2 }] }],
      ['a token outside of the vocabulary', { prompts: [prompt(600)] }],
      ['more tokens than ids', { prompts: [{ ...RED, tokens: 78 }] }],
      ['no tokens', { prompts: [{ ...RED, tokens: 0 }] }],
      ['a seed that is none', { seed: -1 }],
      ['a seed behind the last', { seed: 2 ** 52 }],
      ['a guidance that is none', { prior: { guidance: Number.NaN } }],
      ['levels that rise', { decoder: { levels: [0, 1] } }],
      ['no width', { width: 0 }],
      ['part of a pixel', { height: 10.5 }],
      ['a size that cannot be halved often enough', { width: 42 }],
      ['noise of another size', { prior: { noise: { start: new Float32Array(3), steps: [] } } }],
    ])('refuses %s', async (_, options) => {
      await failure('INVALID_ARGUMENT', () => draw(options));
      expect(device.stats().buffers.live).toBe(idle);
    });
  });

  /** Puts other numbers in the place of one weight, float32. */
  const spoil = (weights: Weights, name: string, value: number): Weights => ({
    ...weights,
    read: async (wanted, signal) => {
      const bytes = await weights.read(wanted, signal);
      if (wanted !== name) return bytes;
      return new Uint8Array(new Float32Array(bytes.byteLength / 4).fill(value).buffer);
    },
  });

  it.each<['prior' | 'decoder', string, string, number, string]>([
    [
      'prior',
      'textEncoder',
      'text_model.final_layer_norm.weight',
      Number.NaN,
      'text_encoder/text_model.final_layer_norm',
    ],
    ['prior', 'prior', 'blocks.3.depthwise.bias', Number.NaN, 'prior/blocks.3.depthwise'],
    ['prior', 'prior', 'blocks.1.mapper.weight', 3e38, 'prior/blocks.1'],
    ['decoder', 'decoder', 'effnet_mappers.2.bias', Number.NaN, 'decoder/effnet_mappers.2'],
    [
      'decoder',
      'decoder',
      'up_blocks.1.5.attention.to_v.bias',
      Number.NaN,
      'decoder/up_blocks.1.5.attention.to_v',
    ],
    ['decoder', 'vqgan', 'up_blocks.2.channelwise.2.bias', Number.NaN, 'vqgan/up_blocks.2.channelwise.2'],
    ['decoder', 'vqgan', 'out_block.0.bias', -1e6, 'vqgan/brightness'],
  ])('names the layer of an unusable picture: %s, %s, %s of %d', async (stage, part, name, value, label) => {
    const before = device.stats().buffers.live;
    const files = await open();
    const weights: Record<string, Weights> = { ...files[stage].weights };
    weights[part] = spoil(weights[part], name, value);
    const spoiled = { ...files, [stage]: { ...files[stage], weights } } as WuerstchenFiles;
    {
      using pipeline = await WuerstchenPipeline.load(device, spoiled);
      const { label: found } = await failure('BAD_OUTPUT', () => pipeline.draw({ prompts: [RED], ...SMALL }));
      expect(found).toBe(label);
    }
    expect(device.stats().buffers.live).toBe(before);
  });

  it('leaves nothing on the device when a network does not load', async () => {
    const before = device.stats().buffers.live;
    const files = await open();
    const { vqgan } = files.decoder.weights;
    const tensors = new Map(vqgan.tensors);
    tensors.delete('up_blocks.0.0.weight');
    const weights = { ...files.decoder.weights, vqgan: { ...vqgan, tensors } };
    const { label } = await failure('BAD_MODEL', () =>
      WuerstchenPipeline.load(device, { ...files, decoder: { ...files.decoder, weights } }),
    );
    expect(label).toBe('up_blocks.0.0.weight');
    await device.idle();
    expect(device.stats().buffers.live).toBe(before);
  });

  it('says which folder is missing what', async () => {
    const folder = fileFolder(requireShared(WUERSTCHEN_TINY));
    const prior = folder.folder('prior_pipeline');
    await failure('BAD_MODEL', () => openWuerstchen(prior, prior));
    const { message } = await failure('BAD_MODEL', () => openWuerstchen(folder, prior));
    expect(message).toContain('is no Würstchen prior: it has no model_index.json');
  });
}, [WUERSTCHEN_TINY]);
