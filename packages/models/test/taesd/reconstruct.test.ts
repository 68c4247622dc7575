import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeShared, describeUnless } from '#shared';
import {
  cropImage,
  type Progress,
  psnr,
  type RgbImage,
  reconstruct,
  type TinyAutoencoder,
} from '../../src/index.js';
import { failure } from '../helpers/errors.js';
import { NOT_LONG, photograph } from '../helpers/reference.js';
import { loadTaef2, TAEF2 } from './taef2.js';

/** Noise in decibels that a reconstruction may have at most, and what the reference implementation has. */
const PHOTOGRAPHS = [
  { name: 'astronaut', reference: 31.2 },
  { name: 'chelsea', reference: 32.7 },
  { name: 'coffee', reference: 29.6 },
] as const;

describeShared('TAEF2 on photographs', () => {
  let device: Device;
  let autoencoder: TinyAutoencoder;
  let part: RgbImage;
  beforeAll(async () => {
    device = await openDevice(cpu());
    autoencoder = await loadTaef2(device);
    part = cropImage(photograph('astronaut'), { left: 200, top: 60, width: 152, height: 13 });
  });
  afterAll(async () => {
    autoencoder[Symbol.dispose]();
    await device.close();
  });

  it.each(PHOTOGRAPHS)('gives a part of $name back at 29 dB', async ({ name }) => {
    const image = photograph(name);
    const left = Math.floor(image.width / 2) - 32;
    const crop = cropImage(image, { left, top: 100, width: 64, height: 64 });
    expect(psnr(await reconstruct(crop, autoencoder), crop)).toBeGreaterThan(29);
  });

  it('gives the same picture in tiles as in one', { timeout: 60_000 }, async () => {
    const events: Progress[] = [];
    const whole = await reconstruct(part, autoencoder);
    const tiled = await reconstruct(part, autoencoder, {
      tileSize: 56,
      onProgress: (event) => events.push(event),
    });
    expect([whole.width, whole.height]).toEqual([152, 13]);
    expect(Buffer.compare(tiled.data, whole.data)).toBe(0);
    expect(events.map(({ kind, loaded, total }) => [kind, loaded, total])).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((loaded) => ['tile', loaded, 6]),
    );
  });

  it('takes the smallest picture', async () => {
    const pixel = cropImage(part, { left: 0, top: 0, width: 1, height: 1 });
    const { width, height, data } = await reconstruct(pixel, autoencoder);
    expect([width, height, data.length]).toEqual([1, 1, 3]);
  });

  it('is cancelled between tiles and leaves nothing behind', async () => {
    const before = device.stats().buffers.live;
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = ({ loaded }: Progress) => loaded === 1 && controller.abort();
    await failure('CANCELLED', () => reconstruct(part, autoencoder, { tileSize: 80, signal, onProgress }));
    await device.idle();
    expect(device.stats().buffers.live).toBe(before);
  });

  it('refuses what it cannot work with', async () => {
    await failure('INVALID_ARGUMENT', () => reconstruct(part, autoencoder, { tileSize: 7 }));
    const empty = { width: 0, height: 4, data: new Uint8Array(0) };
    await failure('INVALID_ARGUMENT', () => reconstruct(empty, autoencoder));
    await failure('SHAPE_MISMATCH', () =>
      autoencoder.encode(tensor(device, new Float32Array(60), [1, 3, 4, 5])),
    );
  });
}, [TAEF2, 'images']);

describeUnless(NOT_LONG, 'TAEF2 on whole photographs', () => {
  describeShared('of ../shared', () => {
    it.each(PHOTOGRAPHS)('$name', { timeout: 1_800_000 }, async ({ name, reference }) => {
      await using device = await openDevice(cpu());
      using autoencoder = await loadTaef2(device);
      const image = photograph(name);
      const found = psnr(await reconstruct(image, autoencoder), image);
      console.log(`${name}: ${found.toFixed(2)} dB, the reference implementation has ${reference} dB`);
      expect(found).toBeGreaterThan(29);
      expect(found).toBeGreaterThan(reference - 0.2);
    });
  });
});
