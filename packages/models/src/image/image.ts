/** Pictures in host memory. */

import { WickError } from '@wick/core';

/** A picture of 8 bits per channel: rows from the top, red, green and blue of one pixel after the other. */
export interface RgbImage {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** 3 * width * height bytes. */
  readonly data: Uint8Array;
}

/** A rectangle of pixels, from the top left corner of a picture. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in pixels of another size. */
export function scaleRectangle({ left, top, width, height }: Rectangle, scale: number): Rectangle {
  return { left: left * scale, top: top * scale, width: width * scale, height: height * scale };
}

/** `INVALID_ARGUMENT` unless the sizes are whole, at least 1, and the bytes are as many as they say. */
export function checkImage(image: RgbImage, label = 'the picture'): void {
  const { width, height, data } = image;
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new WickError('INVALID_ARGUMENT', `${label} has a ${name} of ${size}`, { label });
    }
  }
  if (data.length !== 3 * width * height) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `${label} has ${data.length} bytes; ${width} x ${height} pixels take ${3 * width * height}`,
      { label },
    );
  }
}

/** A part of a picture, in memory of its own. `OUT_OF_RANGE` where the rectangle leaves the picture. */
export function cropImage(image: RgbImage, { left, top, width, height }: Rectangle): RgbImage {
  checkImage(image);
  const whole = [left, top, width, height].every(Number.isSafeInteger);
  const inside = left >= 0 && top >= 0 && left + width <= image.width && top + height <= image.height;
  if (!whole || !inside || width < 1 || height < 1) {
    throw new WickError(
      'OUT_OF_RANGE',
      `${width} x ${height} pixels from (${left}, ${top}) are no part of ${image.width} x ${image.height}`,
    );
  }
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * image.width + left);
    data.set(image.data.subarray(from, from + 3 * width), 3 * width * y);
  }
  return { width, height, data };
}

/** A picture filled up to a size, no smaller than its own, with the pixels of its right and lower edges. */
export function padImage(image: RgbImage, width: number, height: number): RgbImage {
  checkImage(image);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const from = 3 * image.width * Math.min(y, image.height - 1);
    const row = image.data.subarray(from, from + 3 * image.width);
    data.set(row, 3 * width * y);
    for (let x = image.width; x < width; x++) data.set(row.subarray(-3), 3 * (width * y + x));
  }
  return { width, height, data };
}

/** Writes a picture into another one, with its top left corner at (left, top); it lies inside. */
export function pasteImage(target: RgbImage, source: RgbImage, left: number, top: number): void {
  for (let y = 0; y < source.height; y++) {
    const row = source.data.subarray(3 * source.width * y, 3 * source.width * (y + 1));
    target.data.set(row, 3 * ((top + y) * target.width + left));
  }
}

/**
 * Peak signal-to-noise ratio in decibels, 10 log10(255^2 / mean squared difference) over all channels;
 * Infinity for equal pictures. `SHAPE_MISMATCH` for pictures of different sizes.
 */
export function psnr(a: RgbImage, b: RgbImage): number {
  if (a.width !== b.width || a.height !== b.height) {
    throw new WickError(
      'SHAPE_MISMATCH',
      `pictures of ${a.width} x ${a.height} and ${b.width} x ${b.height} pixels cannot be compared`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - b.data[i]) ** 2;
  return 10 * Math.log10((255 * 255 * a.data.length) / sum);
}
