/** Kernels that change the size of a plane: pooling, nearest and bicubic resizing. */

import { kernels } from '@wick/core';
import { choice, cpuKernel, floats } from '../kernel.js';

/** One unit is one row of one output plane. */
export const pool2d = cpuKernel(kernels.pool2d, {
  units({ params }) {
    return params.planes * params.outHeight;
  },

  run(call, begin, end) {
    const p = call.params;
    const x = floats(call, 'x');
    const out = floats(call, 'out');
    const average = choice(call, 'op', ['avg', 'max']) === 'avg';
    const taps = p.kernelHeight * p.kernelWidth;

    for (let unit = begin; unit < end; unit++) {
      const plane = Math.floor(unit / p.outHeight) * p.height * p.width;
      const top = (unit % p.outHeight) * p.strideHeight - p.padTop;
      const firstRow = Math.max(top, 0);
      const endRow = Math.min(top + p.kernelHeight, p.height);
      for (let ox = 0; ox < p.outWidth; ox++) {
        const left = ox * p.strideWidth - p.padLeft;
        const firstColumn = Math.max(left, 0);
        const endColumn = Math.min(left + p.kernelWidth, p.width);
        let sum = 0;
        let maximum = Number.NEGATIVE_INFINITY;
        for (let y = firstRow; y < endRow; y++) {
          for (let column = firstColumn; column < endColumn; column++) {
            const value = x[plane + y * p.width + column];
            sum += value;
            if (value > maximum || Number.isNaN(value)) maximum = value;
          }
        }
        out[unit * p.outWidth + ox] = average ? sum / taps : maximum;
      }
    }
  },
});

/** One unit is one row of one output plane. */
export const upsampleNearest = cpuKernel(kernels.upsampleNearest, {
  units({ params }) {
    return params.planes * params.outHeight;
  },

  run(call, begin, end) {
    const { height, width, outHeight, outWidth } = call.params;
    const x = floats(call, 'x');
    const out = floats(call, 'out');
    for (let unit = begin; unit < end; unit++) {
      const plane = Math.floor(unit / outHeight);
      const y = Math.floor(((unit % outHeight) * height) / outHeight);
      const row = (plane * height + y) * width;
      for (let ox = 0; ox < outWidth; ox++) {
        out[unit * outWidth + ox] = x[row + Math.floor((ox * width) / outWidth)];
      }
    }
  },
});

/** One unit is one row of one output plane: taps along y first, then along x. */
export const resizeBicubic = cpuKernel(kernels.resizeBicubic, {
  units({ params }) {
    return params.planes * params.outHeight;
  },

  run(call, begin, end) {
    const { height, width, outHeight, outWidth } = call.params;
    const x = floats(call, 'x');
    const out = floats(call, 'out');
    const rows = bicubicTaps(height, outHeight);
    const columns = bicubicTaps(width, outWidth);
    const line = new Float64Array(width);

    for (let unit = begin; unit < end; unit++) {
      const oy = unit % outHeight;
      const plane = Math.floor(unit / outHeight) * height * width;
      line.fill(0);
      for (let tap = 0; tap < rows.count[oy]; tap++) {
        const weight = rows.weights[oy * rows.most + tap];
        const row = plane + (rows.first[oy] + tap) * width;
        for (let i = 0; i < width; i++) line[i] += weight * x[row + i];
      }
      for (let ox = 0; ox < outWidth; ox++) {
        const first = columns.first[ox];
        let sum = 0;
        for (let tap = 0; tap < columns.count[ox]; tap++) {
          sum += columns.weights[ox * columns.most + tap] * line[first + tap];
        }
        out[unit * outWidth + ox] = sum;
      }
    }
  },
});

/** Along one axis, output o is the sum of weights[o * most + t] * input[first[o] + t] over t < count[o]. */
interface Taps {
  readonly most: number;
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float64Array;
}

/** The taps of torch's antialiased bicubic filter with aligned corners. */
function bicubicTaps(size: number, outSize: number): Taps {
  const scale = outSize > 1 ? (size - 1) / (outSize - 1) : 0;
  const stretch = Math.max(scale, 1);
  const support = 2 * stretch;
  const most = Math.ceil(2 * support) + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weights = new Float64Array(outSize * most);
  for (let o = 0; o < outSize; o++) {
    const centre = scale * (o + 0.5);
    first[o] = Math.max(Math.trunc(centre - support + 0.5), 0);
    count[o] = Math.min(Math.trunc(centre + support + 0.5), size) - first[o];
    let total = 0;
    for (let t = 0; t < count[o]; t++) {
      const weight = cubic((first[o] + t - centre + 0.5) / stretch);
      weights[o * most + t] = weight;
      total += weight;
    }
    for (let t = 0; t < count[o]; t++) weights[o * most + t] /= total;
  }
  return { most, first, count, weights };
}

/** Keys' cubic convolution kernel (1981) with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const d = Math.abs(distance);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}
