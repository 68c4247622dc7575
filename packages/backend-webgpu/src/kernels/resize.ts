/** Kernels that change the size of a plane: pooling, nearest and bicubic resizing. */

import { kernels } from '@wick/core';
import { choice, wgslKernel } from '../kernel.js';
import { BITS } from '../wgsl/library.js';
import { mapShader } from '../wgsl/map.js';

const SIZE = 'params.planes * params.outHeight * params.outWidth';

/** Takes the number of an output apart. */
const PLACE = `  let ox = i % params.outWidth;
  let oy = (i / params.outWidth) % params.outHeight;
  let plane = (i / (params.outWidth * params.outHeight)) * params.height * params.width;`;

export const pool2d = wgslKernel(kernels.pool2d, {
  shader(variant) {
    const average = choice(variant, 'op', ['avg', 'max']) === 'avg';
    return mapShader(variant, {
      size: SIZE,
      declarations: `fn pooled(i: u32) -> f32 {
${PLACE}
  let top = i32(oy * params.strideHeight) - i32(params.padTop);
  let left = i32(ox * params.strideWidth) - i32(params.padLeft);
  let end_y = min(top + i32(params.kernelHeight), i32(params.height));
  let end_x = min(left + i32(params.kernelWidth), i32(params.width));
  var result = ${average ? '0.0' : `from_bits(${BITS.minusInfinity})`};
  for (var y = max(top, 0); y < end_y; y++) {
    for (var x = max(left, 0); x < end_x; x++) {
      let value = x_at(plane + u32(y) * params.width + u32(x));
      result = ${average ? 'result + value' : 'max_nan(result, value)'};
    }
  }
  return ${average ? 'result / f32(params.kernelHeight * params.kernelWidth)' : 'result'};
}`,
      value: 'pooled(i)',
    });
  },
});

export const upsampleNearest = wgslKernel(kernels.upsampleNearest, {
  shader: (variant) =>
    mapShader(variant, {
      size: SIZE,
      declarations: `fn nearest(i: u32) -> f32 {
${PLACE}
  let y = oy * params.height / params.outHeight;
  let x = ox * params.width / params.outWidth;
  return x_at(plane + y * params.width + x);
}`,
      value: 'nearest(i)',
    }),
});

/**
 * The taps of output `o` along one axis. The centre is scale * (o + 0.5), scale = (size - 1) / (outSize - 1):
 * its whole part comes from integer division, so that distances to it keep their digits.
 */
const TAPS = `struct Taps {
  first: i32,
  end: i32,
  whole: i32,
  part: f32,
  stretch: f32,
}
fn taps_of(o: u32, size: u32, out_size: u32) -> Taps {
  var taps = Taps(0, 0, 0, 0.0, 1.0);
  if (out_size > 1u) {
    let above = (size - 1u) * (2u * o + 1u);
    let below = 2u * (out_size - 1u);
    taps.whole = i32(above / below);
    taps.part = f32(above % below) / f32(below);
    taps.stretch = max(f32(size - 1u) / f32(out_size - 1u), 1.0);
  }
  // Truncation of a sum that is below zero only where the result is clamped anyway.
  taps.first = max(taps.whole + i32(floor(taps.part - 2.0 * taps.stretch + 0.5)), 0);
  taps.end = min(taps.whole + i32(floor(taps.part + 2.0 * taps.stretch + 0.5)), i32(size));
  return taps;
}
// Keys' cubic convolution kernel (1981) with a = -0.5.
fn weight_of(taps: Taps, tap: i32) -> f32 {
  let d = abs((f32(tap - taps.whole) - taps.part + 0.5) / taps.stretch);
  if (d < 1.0) { return (1.5 * d - 2.5) * d * d + 1.0; }
  if (d < 2.0) { return (((d - 5.0) * d + 8.0) * d - 4.0) * -0.5; }
  return 0.0;
}`;

export const resizeBicubic = wgslKernel(kernels.resizeBicubic, {
  shader: (variant) =>
    mapShader(variant, {
      size: SIZE,
      declarations: `${TAPS}
fn bicubic(i: u32) -> f32 {
${PLACE}
  let rows = taps_of(oy, params.height, params.outHeight);
  let columns = taps_of(ox, params.width, params.outWidth);
  var sum = 0.0;
  var row_weights = 0.0;
  var column_weights = 0.0;
  for (var x = columns.first; x < columns.end; x++) { column_weights += weight_of(columns, x); }
  for (var y = rows.first; y < rows.end; y++) {
    var line = 0.0;
    for (var x = columns.first; x < columns.end; x++) {
      line += weight_of(columns, x) * x_at(plane + u32(y) * params.width + u32(x));
    }
    sum += weight_of(rows, y) * line;
    row_weights += weight_of(rows, y);
  }
  return sum / (row_weights * column_weights);
}`,
      value: 'bicubic(i)',
    }),
});
