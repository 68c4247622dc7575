/** Pictures as tensors [1, 3, height, width] and back. */

import { type Device, WickError } from '@wick/core';
import { type ReadOptions, type Tensor, tensor } from '@wick/tensor';
import { checkImage, type RgbImage } from './image.js';

/** What the bytes 0 and 255 stand for in a tensor. */
export type PixelRange = readonly [black: number, white: number];

/** Autoencoders of the TAESD family. */
export const UNIT_RANGE: PixelRange = [0, 1];
/** Autoencoders of Stable Diffusion. */
export const SIGNED_RANGE: PixelRange = [-1, 1];
/** Networks that take bytes as they are. */
export const BYTE_RANGE: PixelRange = [0, 255];

/** A picture as float32 planes [1, 3, height, width], from `black` for byte 0 to `white` for 255. */
export function imageToTensor(
  device: Device,
  image: RgbImage,
  [black, white]: PixelRange = UNIT_RANGE,
  label = 'picture',
): Tensor {
  checkImage(image, label);
  const { width, height, data } = image;
  const plane = width * height;
  const levels = Float32Array.from({ length: 256 }, (_, byte) => black + (byte / 255) * (white - black));
  const values = new Float32Array(3 * plane);
  for (let i = 0, at = 0; i < plane; i++, at += 3) {
    values[i] = levels[data[at]];
    values[plane + i] = levels[data[at + 1]];
    values[2 * plane + i] = levels[data[at + 2]];
  }
  return tensor(device, values, [1, 3, height, width], { label });
}

/**
 * Planes, [3, height, width] row-major, as a picture: limited to the range and rounded to the nearest byte.
 *
 * @throws WickError `BAD_OUTPUT` where a value is NaN
 */
export function planesToImage(
  values: ArrayLike<number>,
  width: number,
  height: number,
  [black, white]: PixelRange = UNIT_RANGE,
  label = 'picture',
): RgbImage {
  const plane = width * height;
  const scale = 255 / (white - black);
  const data = new Uint8Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane; i++) {
      const level = (values[channel * plane + i] - black) * scale;
      if (Number.isNaN(level)) throw notANumber(label, i % width, Math.floor(i / width));
      data[3 * i + channel] = Math.round(Math.min(Math.max(level, 0), 255));
    }
  }
  return { width, height, data };
}

/**
 * Reads a batch of pictures, float32 or float16 [batch, 3, height, width].
 *
 * @throws WickError `BAD_OUTPUT` where a value is NaN, `SHAPE_MISMATCH` for another shape, `CANCELLED`
 */
export async function tensorToImages(
  pictures: Tensor,
  range: PixelRange = UNIT_RANGE,
  options: ReadOptions = {},
): Promise<RgbImage[]> {
  const { shape, label } = pictures;
  const [batch, channels, height, width] = shape;
  if (shape.length !== 4 || channels !== 3 || height * width === 0) {
    throw new WickError('SHAPE_MISMATCH', `[${shape}] is no batch of pictures [n, 3, height, width]`, {
      label,
    });
  }
  const values = await pictures.data(options);
  const size = 3 * height * width;
  return Array.from({ length: batch }, (_, i) =>
    planesToImage(values.subarray(i * size, (i + 1) * size), width, height, range, label),
  );
}

/** `tensorToImages` for a batch of one. */
export async function tensorToImage(
  picture: Tensor,
  range: PixelRange = UNIT_RANGE,
  options: ReadOptions = {},
): Promise<RgbImage> {
  const images = await tensorToImages(picture, range, options);
  const [image] = images;
  if (image !== undefined && images.length === 1) return image;
  throw new WickError('SHAPE_MISMATCH', `[${picture.shape}] holds ${images.length} pictures, not one`, {
    label: picture.label,
  });
}

function notANumber(label: string, x: number, y: number): WickError {
  return new WickError('BAD_OUTPUT', `${label} is not a number at pixel (${x}, ${y})`, { label });
}
