/** PNG files in and out. */

import { toWickError } from '@wick/core';
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { checkImage, type RgbImage } from './image.js';
import { type PngHeader, readPngFrame } from './png-chunks.js';

/** A picture as a PNG file: 8 bits per channel, no opacity. */
export function encodePng(image: RgbImage): Uint8Array {
  checkImage(image);
  const { width, height, data } = image;
  return encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 6 } });
}

/**
 * Reads a PNG file of any colour type. Grey becomes equal red, green and blue, samples of other sizes are
 * scaled to 8 bits, and what is not opaque is shown on white. Colour profiles are not applied.
 *
 * @param label what errors call the file
 * @throws WickError `BAD_FILE` for a file that is no PNG, is cut off or corrupt (checksums are verified), or
 * has more than 2^28 pixels
 */
export function decodePng(bytes: Uint8Array, label = 'the picture'): RgbImage {
  const { header, file } = readPngFrame(bytes, label);
  const { width, height } = header;
  try {
    const decoded = decode(file, { checkCrc: true });
    const samples = header.indexed ? convertIndexedToRgb(decoded) : toBytes(decoded.data, header);
    return { width, height, data: toRgb(samples, samples.length / (width * height), width * height) };
  } catch (thrown) {
    throw toWickError(thrown, 'BAD_FILE', `${label} is a corrupt PNG file`);
  }
}

/** Samples of 8 bits, for whatever depth; rows of small samples begin at whole bytes. */
function toBytes(data: ArrayLike<number>, { width, height, depth, channels }: PngHeader): ArrayLike<number> {
  if (depth === 8) return data;
  const scale = 255 / (2 ** depth - 1);
  if (depth === 16) return Uint8Array.from({ length: data.length }, (_, i) => Math.round(data[i] * scale));
  const perByte = 8 / depth;
  const row = Math.ceil((width * channels) / perByte);
  const out = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * channels; x++) {
      const byte = data[y * row + Math.floor(x / perByte)];
      const sample = (byte >> (8 - depth * ((x % perByte) + 1))) & (2 ** depth - 1);
      out[y * width * channels + x] = Math.round(sample * scale);
    }
  }
  return out;
}

/** Red, green and blue of grey, grey and opacity, colour, or colour and opacity. */
function toRgb(samples: ArrayLike<number>, channels: number, pixels: number): Uint8Array {
  const data = new Uint8Array(3 * pixels);
  const grey = channels < 3;
  const opaque = channels % 2 === 1;
  for (let i = 0; i < pixels; i++) {
    const at = channels * i;
    const opacity = opaque ? 1 : samples[at + channels - 1] / 255;
    for (let c = 0; c < 3; c++) {
      const value = samples[grey ? at : at + c];
      data[3 * i + c] = Math.round(255 + (value - 255) * opacity);
    }
  }
  return data;
}
