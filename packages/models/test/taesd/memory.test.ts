/** What a reconstruction costs and what it says when it goes wrong, on a device that computes nothing. */

import { nullBackend } from '@wick/conformance';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import {
  memoryFolder,
  openTinyAutoencoder,
  type RgbImage,
  reconstruct,
  TinyAutoencoder,
  type Weights,
} from '../../src/index.js';
import { decoderLayers, encoderLayers, taesdParameters } from '../../src/taesd/structure.js';
import { failure } from '../helpers/errors.js';
import { zeroWeights } from '../helpers/weights.js';

const TAEF2 = { latentChannels: 32, pooled: true };
const TAESD = { latentChannels: 4, pooled: false };
const MIB = 2 ** 20;

const files = (config = TAEF2) => ({
  label: 'zeros',
  encoder: zeroWeights(taesdParameters(encoderLayers(config))),
  decoder: zeroWeights(taesdParameters(decoderLayers(config))),
});
const grey = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(100),
});

describe('tiny autoencoders', () => {
  it.each([
    ['TAEF2', TAEF2, 2_677_027],
    ['TAESD', TAESD, 2_445_063],
  ])('tell from the weights what they are: %s', async (_, config, parameters) => {
    await using device = await openDevice(nullBackend());
    using autoencoder = await TinyAutoencoder.load(device, files(config));
    expect(autoencoder.config).toEqual(config);
    expect(autoencoder.parameterCount).toBe(parameters);
    // The pooled blocks are in the parts at the lowest resolution.
    expect([autoencoder.encoder.reach('first'), autoencoder.decoder.reach('second')]).toEqual([65, 9]);
  });

  it('need device memory for a tile and an eighth of the picture', { timeout: 60_000 }, async () => {
    const peak = async (size: number, tileSize: number): Promise<number> => {
      await using device = await openDevice(nullBackend());
      using autoencoder = await TinyAutoencoder.load(device, files());
      await reconstruct(grey(size, size), autoencoder, { tileSize });
      return device.stats().memory.peakPlannedBytes / MIB;
    };
    const [small, large, whole] = [await peak(1024, 256), await peak(2048, 256), await peak(1024, 1024)];
    expect(large).toBeLessThan(2 * small);
    expect(whole).toBeGreaterThan(3 * small);
    expect(await peak(2048, 640)).toBeLessThan(600);
  });

  it('say in which half values stop being numbers', async () => {
    await using device = await openDevice(nullBackend({ garbage: true }));
    using autoencoder = await TinyAutoencoder.load(device, files());
    const { code, message } = await failure('BAD_OUTPUT', () => reconstruct(grey(16, 16), autoencoder));
    expect([code, message]).toEqual(['BAD_OUTPUT', expect.stringContaining('the latents are not a number')]);
    expect(message).toContain('encoder/0');
  });

  it.each<[string, string, (weights: Weights) => Weights]>([
    ['without a layer', '3.conv.2.weight', (weights) => without(weights, '3.conv.2.weight')],
    ['with one of another shape', '14.weight', (weights) => reshaped(weights, '14.weight', [32, 64, 1, 1])],
  ])('are refused %s, and leave nothing on the device', async (_, name, change) => {
    await using device = await openDevice(nullBackend());
    const { label } = await failure('BAD_MODEL', () => {
      const good = files();
      return TinyAutoencoder.load(device, { ...good, encoder: change(good.encoder) });
    });
    expect(label).toBe(name);
    await failure('BAD_MODEL', () =>
      TinyAutoencoder.load(device, { ...files(), decoder: files(TAESD).decoder }),
    );
    expect(device.stats().buffers.live).toBe(0);
  });

  it('are looked for under the names of the published models', async () => {
    const { message } = await failure('BAD_MODEL', () =>
      openTinyAutoencoder(memoryFolder(new Map(), 'here')),
    );
    expect(message).toContain('taef2_encoder.safetensors');
    const half = memoryFolder(new Map([['taesd_encoder.safetensors', new Uint8Array(4)]]), 'here');
    await failure('BAD_FILE', () => openTinyAutoencoder(half));
  });
});

function without(weights: Weights, name: string): Weights {
  const tensors = new Map(weights.tensors);
  tensors.delete(name);
  return { ...weights, tensors };
}

function reshaped(weights: Weights, name: string, shape: readonly number[]): Weights {
  const info = weights.tensors.get(name);
  if (info === undefined) throw new Error(`there is no ${name}`);
  return { ...weights, tensors: new Map(weights.tensors).set(name, { ...info, shape }) };
}
