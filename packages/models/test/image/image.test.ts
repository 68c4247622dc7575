import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BYTE_RANGE,
  cropImage,
  imageToTensor,
  type PixelRange,
  padImage,
  psnr,
  type RgbImage,
  SIGNED_RANGE,
  tensorToImage,
  tensorToImages,
  UNIT_RANGE,
} from '../../src/index.js';
import { failure } from '../helpers/errors.js';

const counting = (width: number, height: number, first = 0): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (first + i) % 256),
});

describe('pictures', () => {
  it('cuts a part out', () => {
    const part = cropImage(counting(4, 3), { left: 1, top: 1, width: 2, height: 2 });
    expect(part).toEqual({
      width: 2,
      height: 2,
      data: Uint8Array.of(15, 16, 17, 18, 19, 20, 27, 28, 29, 30, 31, 32),
    });
  });

  it.each([
    { left: 3, top: 0, width: 2, height: 1 },
    { left: -1, top: 0, width: 2, height: 1 },
    { left: 0, top: 0, width: 0, height: 1 },
    { left: 0.5, top: 0, width: 1, height: 1 },
    { left: 0, top: 2, width: 1, height: 2 },
  ])('refuses a part that is not inside: %o', async (rectangle) => {
    await failure('OUT_OF_RANGE', () => cropImage(counting(4, 3), rectangle));
  });

  it('fills up to a size with the pixels of the edge', () => {
    const padded = padImage(counting(2, 1), 3, 2);
    const row = [0, 1, 2, 3, 4, 5, 3, 4, 5];
    expect(padded).toEqual({ width: 3, height: 2, data: Uint8Array.from([...row, ...row]) });
  });

  it('measures the noise of a picture against another', async () => {
    const a = counting(2, 2);
    expect(psnr(a, a)).toBe(Number.POSITIVE_INFINITY);
    const b = { ...a, data: a.data.map((value, i) => (i === 0 ? value + 12 : value)) };
    // One difference of 12 in 12 values: a mean square of 12.
    expect(psnr(a, b)).toBeCloseTo(10 * Math.log10(65025 / 12), 10);
    await failure('SHAPE_MISMATCH', () => psnr(a, counting(2, 3)));
  });
});

describe('pictures as tensors', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(cpu());
  });
  afterAll(() => device.close());

  it.each<[string, PixelRange, number]>([
    ['[0, 1]', UNIT_RANGE, 51 / 255],
    ['[-1, 1]', SIGNED_RANGE, 102 / 255 - 1],
    ['[0, 255]', BYTE_RANGE, 51],
  ])('go in and out in %s', async (_, range, want) => {
    const image: RgbImage = { width: 2, height: 1, data: Uint8Array.of(0, 51, 255, 7, 8, 9) };
    using planes = imageToTensor(device, image, range);
    expect(planes.shape).toEqual([1, 3, 1, 2]);
    const values = await planes.data();
    expect(values[0]).toBeCloseTo(range[0], 6);
    expect(values[2]).toBeCloseTo(want, 6);
    expect(values[4]).toBeCloseTo(range[1], 6);
    expect(await tensorToImage(planes, range)).toEqual(image);
  });

  it('keep every byte in every range', async () => {
    const image = counting(32, 24);
    for (const range of [UNIT_RANGE, SIGNED_RANGE, BYTE_RANGE]) {
      using planes = imageToTensor(device, image, range);
      expect(await tensorToImage(planes, range)).toEqual(image);
    }
  });

  it('limit what is outside of the range', async () => {
    using planes = tensor(device, [-3, 0.5, Number.POSITIVE_INFINITY], [1, 3, 1, 1]);
    expect([...(await tensorToImage(planes)).data]).toEqual([0, 128, 255]);
  });

  it('come in batches', async () => {
    using planes = tensor(device, [0, 0, 0, 1, 1, 1], [2, 3, 1, 1]);
    const images = await tensorToImages(planes);
    expect(images.map(({ data }) => [...data])).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ]);
    await failure('SHAPE_MISMATCH', () => tensorToImage(planes));
  });

  it('are refused where they are not numbers', async () => {
    using planes = tensor(device, [0, 1, 0.5, Number.NaN, 0, 1], [1, 3, 1, 2], { label: 'decoded' });
    const { label } = await failure('BAD_OUTPUT', () => tensorToImage(planes));
    expect(label).toBe('decoded');
  });

  it('are refused in another shape', async () => {
    using planes = tensor(device, [0, 1], [1, 2, 1, 1]);
    await failure('SHAPE_MISMATCH', () => tensorToImage(planes));
    const bad = { width: 2, height: 2, data: new Uint8Array(11) };
    await failure('INVALID_ARGUMENT', () => imageToTensor(device, bad));
  });
});
