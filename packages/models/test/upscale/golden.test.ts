import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  cropImage,
  decodePng,
  openUpscaleModel,
  type Progress,
  psnr,
  Upscaler,
  upscale,
} from '../../src/index.js';
import { defaultUpscaleModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';
import { largestDifference } from '../helpers/reference.js';

const models = defaultUpscaleModelPath();
const asset = (path: string) => decodePng(readFileSync(join(models, '..', 'assets', path)), path);

describe('the default model', () => {
  let device: Device;
  let upscaler: Upscaler;
  beforeAll(async () => {
    device = await openDevice(cpu());
    upscaler = await Upscaler.load(device, await openUpscaleModel(fileFolder(models)));
  });
  afterAll(async () => {
    upscaler[Symbol.dispose]();
    await device.close();
  });

  it('is what its files say', () => {
    expect(upscaler.scale).toBe(2);
    expect(upscaler.parameterCount).toBe(888300 / 4);
    // Convolutions of 3 x 3 one after the other, one of 5 x 5, and one at twice the size.
    expect(upscaler.network.figures.reach).toBe(10);
  });

  it('makes the golden picture of the package', { timeout: 60_000 }, async () => {
    const want = asset('samples/2x/result.png');
    const got = await upscale(asset('fixture.png'), upscaler);
    expect([got.width, got.height]).toEqual([want.width, want.height]);
    // A value that lies between two bytes may be rounded to the other one.
    expect(largestDifference(got.data, want.data)).toBeLessThanOrEqual(1);
    expect(psnr(got, want)).toBeGreaterThan(90);
  });

  it('makes the same picture in tiles, without a seam', { timeout: 60_000 }, async () => {
    const part = cropImage(asset('fixture.png'), { left: 20, top: 30, width: 61, height: 43 });
    const whole = await upscale(part, upscaler);
    for (const tileSize of [17, 40]) {
      const events: Progress[] = [];
      const onProgress = (event: Progress) => events.push(event);
      const tiled = await upscale(part, upscaler, { tileSize, onProgress });
      expect(Buffer.compare(tiled.data, whole.data)).toBe(0);
      const total = Math.ceil(61 / tileSize) * Math.ceil(43 / tileSize);
      expect(events.map(({ kind, loaded }) => [kind, loaded])).toEqual(
        Array.from({ length: total + 1 }, (_, i) => ['tile', i]),
      );
      expect(events.every((event) => event.total === total)).toBe(true);
    }
  });

  it('is cancelled between tiles and leaves nothing behind', async () => {
    const part = cropImage(asset('fixture.png'), { left: 0, top: 0, width: 40, height: 20 });
    const before = device.stats().buffers.live;
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = ({ loaded }: Progress) => loaded === 1 && controller.abort();
    await failure('CANCELLED', () => upscale(part, upscaler, { tileSize: 10, signal, onProgress }));
    await device.idle();
    expect(device.stats().buffers.live).toBe(before);
  });
});
