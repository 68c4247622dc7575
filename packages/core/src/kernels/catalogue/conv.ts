/** Convolution, pooling and resizing of [n, c, h, w]. One-dimensional forms set h and kernelHeight to 1. */

import { catalogueKernel } from '../contract.js';

const FLOATS = ['float32', 'float16'] as const;
const input = { access: 'read', dtypes: FLOATS } as const;
const optional = { access: 'read', dtypes: FLOATS, optional: true } as const;
const output = { access: 'write', dtypes: FLOATS } as const;

const WINDOW = {
  batch: 'u32',
  channels: 'u32',
  height: 'u32',
  width: 'u32',
  outChannels: 'u32',
  outHeight: 'u32',
  outWidth: 'u32',
  kernelHeight: 'u32',
  kernelWidth: 'u32',
  strideHeight: 'u32',
  strideWidth: 'u32',
  padTop: 'u32',
  padLeft: 'u32',
  dilationHeight: 'u32',
  dilationWidth: 'u32',
  groups: 'u32',
} as const;

/**
 * Cross-correlation with zero padding: weight is [outChannels, channels / groups, kernelHeight,
 * kernelWidth]; input row = oy * strideHeight + ky * dilationHeight - padTop, columns alike. Padding below
 * and right follows from outHeight and outWidth. Grid: [outHeight * outWidth, outChannels, batch].
 */
export const conv2d = catalogueKernel({
  name: 'conv2d',
  bindings: { x: input, weight: input, bias: optional, out: output },
  params: WINDOW,
});

/**
 * The transpose of conv2d: weight is [channels, outChannels / groups, kernelHeight, kernelWidth]; input (iy,
 * ky) adds to output row iy * strideHeight + ky * dilationHeight - padTop, columns alike. Grid: [outHeight *
 * outWidth, outChannels, batch].
 */
export const convTranspose2d = catalogueKernel({
  name: 'conv_transpose2d',
  bindings: { x: input, weight: input, bias: optional, out: output },
  params: WINDOW,
});

/**
 * Mean or maximum over windows of each plane. Padding counts as 0 in the mean (the divisor is the window)
 * and as -Inf in the maximum; NaN wins. Grid: [outWidth, outHeight, planes].
 */
export const pool2d = catalogueKernel({
  name: 'pool2d',
  bindings: { x: input, out: output },
  params: {
    planes: 'u32',
    height: 'u32',
    width: 'u32',
    outHeight: 'u32',
    outWidth: 'u32',
    kernelHeight: 'u32',
    kernelWidth: 'u32',
    strideHeight: 'u32',
    strideWidth: 'u32',
    padTop: 'u32',
    padLeft: 'u32',
  },
  constants: { op: ['avg', 'max'] },
});

const RESIZE = { planes: 'u32', height: 'u32', width: 'u32', outHeight: 'u32', outWidth: 'u32' } as const;

/**
 * out[y, x] = in[floor(y * height / outHeight), floor(x * width / outWidth)] per plane, in integer
 * arithmetic. Grid: [outWidth, outHeight, planes].
 */
export const upsampleNearest = catalogueKernel({
  name: 'upsample_nearest',
  bindings: { x: input, out: output },
  params: RESIZE,
});

/**
 * Antialiased bicubic resize with aligned corners, as torch computes it: per axis scale = (in - 1) / (out -
 * 1) (0 if out is 1), support = 2 * max(scale, 1), centre = scale * (o + 0.5), taps from max(int(centre -
 * support + 0.5), 0) to min(int(centre + support + 0.5), in), weight = cubic((tap - centre + 0.5) /
 * max(scale, 1)) with a = -0.5, normalised to sum 1. Grid: [outWidth, outHeight, planes].
 */
export const resizeBicubic = catalogueKernel({
  name: 'resize_bicubic',
  bindings: { x: input, out: output },
  params: RESIZE,
});
