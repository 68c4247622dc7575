/** Convolutions. Axes are [n, c, h, w]. */

import { kernels } from '@wick/core';
import { cpuKernel, floats, optionalFloats } from '../kernel.js';
import { TILE, tile, tileSums } from './tile.js';

/**
 * One unit is all channels of a group at four neighbouring pixels (counted row-major over the plane): the
 * windows of the pixels are copied out, zeros for the padding, and multiplied with the weights as a
 * matrix. Units are counted along the plane, then the groups, then the batch.
 */
export const conv2d = cpuKernel(kernels.conv2d, {
  units({ params }) {
    return params.batch * params.groups * Math.ceil((params.outHeight * params.outWidth) / TILE);
  },

  run(call, begin, end) {
    const p = call.params;
    const x = floats(call, 'x');
    const weight = floats(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const outPlane = p.outHeight * p.outWidth;
    const unitsPerPlane = Math.ceil(outPlane / TILE);
    const channels = p.channels / p.groups;
    const outChannels = p.outChannels / p.groups;
    const depth = channels * p.kernelHeight * p.kernelWidth;
    const windows = new Float32Array(TILE * depth);
    const sums = tileSums();

    for (let unit = begin; unit < end; unit++) {
      const firstPixel = TILE * (unit % unitsPerPlane);
      const pixels = Math.min(TILE, outPlane - firstPixel);
      const group = Math.floor(unit / unitsPerPlane) % p.groups;
      const image = Math.floor(unit / (unitsPerPlane * p.groups));
      const firstChannel = image * p.channels + group * channels;
      for (let i = 0; i < pixels; i++)
        copyWindow(p, x, firstChannel, channels, firstPixel + i, windows, i * depth);

      for (let o = 0; o < outChannels; o += TILE) {
        const rows = Math.min(TILE, outChannels - o);
        const channel = group * outChannels + o;
        tile(weight, channel * depth, depth, 1, rows, windows, 0, depth, 1, pixels, depth, sums);
        for (let r = 0; r < rows; r++) {
          const at = (image * p.outChannels + channel + r) * outPlane + firstPixel;
          for (let i = 0; i < pixels; i++) {
            const sum = sums[TILE * r + i];
            out[at + i] = bias === undefined ? sum : sum + bias[channel + r];
          }
        }
      }
    }
  },
});

/** The geometry of a window that slides over a plane. */
interface Window {
  readonly height: number;
  readonly width: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
}

/** Writes what the window of an output pixel covers, as [channels, kernelHeight, kernelWidth]. */
function copyWindow(
  p: Window,
  x: Float32Array,
  firstChannel: number,
  channels: number,
  pixel: number,
  windows: Float32Array,
  to: number,
): void {
  const { height, width, kernelHeight, kernelWidth, dilationHeight, dilationWidth } = p;
  const top = Math.floor(pixel / p.outWidth) * p.strideHeight - p.padTop;
  const left = (pixel % p.outWidth) * p.strideWidth - p.padLeft;
  for (let c = 0; c < channels; c++) {
    const plane = (firstChannel + c) * height * width;
    for (let ky = 0; ky < kernelHeight; ky++) {
      const y = top + ky * dilationHeight;
      const row = plane + y * width;
      const inside = y >= 0 && y < height;
      for (let kx = 0; kx < kernelWidth; kx++) {
        const column = left + kx * dilationWidth;
        windows[to++] = inside && column >= 0 && column < width ? x[row + column] : 0;
      }
    }
  }
}

/** One unit is one row of one output plane. */
export const convTranspose2d = cpuKernel(kernels.convTranspose2d, {
  units({ params }) {
    return params.batch * params.outChannels * params.outHeight;
  },

  run(call, begin, end) {
    const p = call.params;
    const x = floats(call, 'x');
    const weight = floats(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const channels = p.channels / p.groups;
    const outChannels = p.outChannels / p.groups;
    const taps = p.kernelHeight * p.kernelWidth;
    const sums = new Float64Array(p.outWidth);

    for (let unit = begin; unit < end; unit++) {
      const oy = unit % p.outHeight;
      const channel = Math.floor(unit / p.outHeight) % p.outChannels;
      const image = Math.floor(unit / (p.outHeight * p.outChannels));
      const group = Math.floor(channel / outChannels);
      sums.fill(bias === undefined ? 0 : bias[channel]);
      for (let c = group * channels; c < (group + 1) * channels; c++) {
        for (let ky = 0; ky < p.kernelHeight; ky++) {
          const down = oy + p.padTop - ky * p.dilationHeight;
          const y = Math.trunc(down / p.strideHeight);
          if (down < 0 || down % p.strideHeight !== 0 || y >= p.height) continue;
          const row = ((image * p.channels + c) * p.height + y) * p.width;
          const weightAt = (c * outChannels + (channel % outChannels)) * taps + ky * p.kernelWidth;
          for (let kx = 0; kx < p.kernelWidth; kx++) {
            spread(
              x,
              row,
              p.width,
              weight[weightAt + kx],
              sums,
              kx * p.dilationWidth - p.padLeft,
              p.strideWidth,
            );
          }
        }
      }
      out.set(sums, unit * p.outWidth);
    }
  },
});

/** sums[first + i * stride] += x[row + i] * w, where that lies inside. */
function spread(
  x: Float32Array,
  row: number,
  width: number,
  w: number,
  sums: Float64Array,
  first: number,
  stride: number,
): void {
  for (let i = 0; i < width; i++) {
    const at = first + i * stride;
    if (at >= 0 && at < sums.length) sums[at] += x[row + i] * w;
  }
}
