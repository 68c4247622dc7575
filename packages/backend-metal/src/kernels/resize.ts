/** Kernels that change the size of a plane: pooling, nearest and bicubic resizing. */

import { type KernelContract, kernels } from '@wick/core';
import { choice, dtypeOf, type MslShader, mslKernel, type Variant } from '../kernel.js';
import {
  cached,
  constantsText,
  kernelText,
  MAP_THREADS,
  MAP_TILE,
  mapBody,
  moduleText,
} from '../msl/module.js';
import { NUMBERS } from '../msl/numbers.js';
import { STORED } from '../msl/types.js';

/** The maximum of a window in place of the mean. */
const LARGEST = { name: 'largest', index: 0, type: 'bool' } as const;

const SIZE = 'params.planes * params.outHeight * params.outWidth';
const PLACE = `    const uint ox = i % params.outWidth;
    const uint oy = (i / params.outWidth) % params.outHeight;
    const uint plane = (i / (params.outWidth * params.outHeight)) * params.height * params.width;`;

/** Keys' kernel with a = -0.5, and the taps of torch's antialiased filter with aligned corners. */
const BICUBIC = `inline float cubic(float x) {
  const float d = fabs(x);
  if (d < 1.0f) return (1.5f * d - 2.5f) * d * d + 1.0f;
  if (d < 2.0f) return (((d - 5.0f) * d + 8.0f) * d - 4.0f) * -0.5f;
  return 0.0f;
}

// The centre is whole + part, exactly as far as a float tells parts of a pixel from each other.
struct Taps { int whole; float part; float stretch; int first; int end; };

inline Taps taps_of(uint o, uint size, uint out_size) {
  Taps taps = Taps{0, 0.0f, 1.0f, 0, 0};
  if (out_size > 1) {
    const uint above = (size - 1) * (2 * o + 1);
    const uint below = 2 * (out_size - 1);
    taps.whole = int(above / below);
    taps.part = float(above % below) / float(below);
    taps.stretch = fmax(float(size - 1) / float(out_size - 1), 1.0f);
  }
  // What is cut towards zero here is below zero only where the result is clamped anyway.
  taps.first = max(taps.whole + int(floor(taps.part - 2.0f * taps.stretch + 0.5f)), 0);
  taps.end = min(taps.whole + int(floor(taps.part + 2.0f * taps.stretch + 0.5f)), int(size));
  return taps;
}

inline float weight_of(Taps taps, int tap) {
  return cubic((float(tap - taps.whole) - taps.part + 0.5f) / taps.stretch);
}

inline float total_of(Taps taps) {
  float total = 0.0f;
  for (int tap = taps.first; tap < taps.end; tap++) total += weight_of(taps, tap);
  return total;
}`;

/** The key is the MSL types of x and out. */
const source = cached((key: string) => {
  const [x, out] = key.split('/');
  const text = (contract: KernelContract, entry: string, each: string) =>
    kernelText({ entry, contract, types: { x, out }, body: mapBody(SIZE, `${PLACE}\n${each}`) });
  return moduleText(
    constantsText([LARGEST]),
    NUMBERS,
    BICUBIC,
    text(
      kernels.pool2d,
      'pool2d',
      `    const int top = int(oy * params.strideHeight) - int(params.padTop);
    const int left = int(ox * params.strideWidth) - int(params.padLeft);
    const int end_row = min(top + int(params.kernelHeight), int(params.height));
    const int end_column = min(left + int(params.kernelWidth), int(params.width));
    float sum = 0.0f;
    float highest = -INFINITY;
    for (int y = max(top, 0); y < end_row; y++) {
      for (int column = max(left, 0); column < end_column; column++) {
        const float value = float(x[plane + uint(y) * params.width + uint(column)]);
        sum += value;
        highest = max_of(highest, value);
      }
    }
    out[i] = ${out}(largest ? highest : sum / float(params.kernelHeight * params.kernelWidth));`,
    ),
    text(
      kernels.upsampleNearest,
      'upsample_nearest',
      `    const uint y = (oy * params.height) / params.outHeight;
    const uint column = (ox * params.width) / params.outWidth;
    out[i] = ${out}(x[plane + y * params.width + column]);`,
    ),
    text(
      kernels.resizeBicubic,
      'resize_bicubic',
      `    const Taps rows = taps_of(oy, params.height, params.outHeight);
    const Taps columns = taps_of(ox, params.width, params.outWidth);
    float sum = 0.0f;
    for (int y = rows.first; y < rows.end; y++) {
      float line = 0.0f;
      for (int column = columns.first; column < columns.end; column++) {
        line += weight_of(columns, column) * float(x[plane + uint(y) * params.width + uint(column)]);
      }
      sum += weight_of(rows, y) * line;
    }
    out[i] = ${out}(sum / (total_of(rows) * total_of(columns)));`,
    ),
  );
});

const resized = (variant: Variant, entry: string, constants: MslShader['constants'] = []): MslShader => ({
  source: source(`${STORED[dtypeOf(variant, 'x')]}/${STORED[dtypeOf(variant, 'out')]}`),
  entry,
  constants,
  threads: MAP_THREADS,
  tile: MAP_TILE,
});

export const pool2d = mslKernel(kernels.pool2d, {
  shader: (variant) =>
    resized(variant, 'pool2d', [
      { index: LARGEST.index, type: LARGEST.type, value: choice(variant, 'op', ['avg', 'max']) === 'max' },
    ]),
});

export const upsampleNearest = mslKernel(kernels.upsampleNearest, {
  shader: (variant) => resized(variant, 'upsample_nearest'),
});

export const resizeBicubic = mslKernel(kernels.resizeBicubic, {
  shader: (variant) => resized(variant, 'resize_bicubic'),
});
