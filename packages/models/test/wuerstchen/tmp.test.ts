import { readFileSync } from 'node:fs';
import { nullBackend } from '@wick/conformance';
import { openDevice } from '@wick/core';
import { tensor, zeros } from '@wick/tensor';
import { it } from 'vitest';
import {
  decoderParameters,
  openUpscaleModel,
  PaellaVQModel,
  parseDecoderConfig,
  parsePriorConfig,
  parseVqganConfig,
  priorParameters,
  Upscaler,
  upscale,
  vqganParameters,
  WuerstchenDecoder,
  WuerstchenPrior,
} from '../../src/index.js';
import { defaultUpscaleModelPath, fileFolder } from '../../src/node.js';
import { zeroWeights } from '../helpers/weights.js';

it('tmp', async () => {
  {
    await using device = await openDevice(nullBackend());
    using up = await Upscaler.load(device, await openUpscaleModel(fileFolder(defaultUpscaleModelPath())));
    await upscale({ width: 900, height: 900, data: new Uint8Array(3 * 900 * 900) }, up);
    console.log('upscale', device.stats().memory.peakPlannedBytes / 2 ** 20);
  }
  {
    const device = await openDevice(nullBackend());
    const c = parsePriorConfig({ c_in: 16, c: 1536, c_cond: 1280, c_r: 64, depth: 2, nhead: 24 });
    using prior = await WuerstchenPrior.load(device, c, zeroWeights(priorParameters(c)));
    const before = device.stats().memory;
    const t = performance.now();
    const y = device.run(() =>
      prior.forward(zeros(device, [2, 16, 24, 24]), zeros(device, [2, 64]), zeros(device, [2, 77, 1280])),
    );
    await y.data();
    console.log(
      'prior',
      performance.now() - t,
      prior.parameterCount,
      before.allocatedBytes / 2 ** 20,
      device.stats().memory.peakPlannedBytes / 2 ** 20,
    );
  }
  {
    const device = await openDevice(nullBackend());
    const c = parseDecoderConfig({ blocks: [4, 1, 1, 1] });
    using d = await WuerstchenDecoder.load(device, c, zeroWeights(decoderParameters(c)));
    const before = device.stats().memory;
    const y = device.run(() =>
      d.forward(zeros(device, [1, 4, 256, 256]), {
        level: zeros(device, [1, 64]),
        embeddings: zeros(device, [1, 16, 24, 24]),
        states: zeros(device, [1, 77, 1024]),
      }),
    );
    await y.data();
    console.log(
      'decoder',
      d.parameterCount,
      before.allocatedBytes / 2 ** 20,
      device.stats().memory.peakPlannedBytes / 2 ** 20,
    );
  }
  {
    const device = await openDevice(nullBackend());
    const c = parseVqganConfig({});
    using d = await PaellaVQModel.load(device, c, zeroWeights(vqganParameters(c)));
    const before = device.stats().memory;
    const y = device.run(() => d.decode(zeros(device, [1, 4, 256, 256])));
    await y.data();
    console.log(
      'vq',
      d.parameterCount,
      before.allocatedBytes / 2 ** 20,
      device.stats().memory.peakPlannedBytes / 2 ** 20,
    );
    const q = device.run(() => d.quantize(zeros(device, [1, 4, 256, 256])).indices);
    await q.data();
    console.log('q', device.stats().memory.peakPlannedBytes / 2 ** 20);
  }
}, 100000);
