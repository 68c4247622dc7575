/** Kernels over windows of planes: convolutions, pooling and resizing. */

import { kernels } from '@wick/core';
import { type KernelSpec, spec } from './spec.js';
import { blank, FLOATS, ordinary } from './values.js';

const WINDOW = {
  batch: 1,
  channels: 4,
  height: 5,
  width: 6,
  outChannels: 4,
  outHeight: 5,
  outWidth: 6,
  kernelHeight: 3,
  kernelWidth: 3,
  strideHeight: 1,
  strideWidth: 1,
  padTop: 1,
  padLeft: 1,
  dilationHeight: 1,
  dilationWidth: 1,
  groups: 1,
};

/** Geometries of a convolution; the transpose of each turns input and output around. */
const CONVOLUTIONS = [
  { title: 'padded 3x3, two images', ...WINDOW, batch: 2 },
  {
    title: 'strided, in groups',
    ...WINDOW,
    outHeight: 3,
    outWidth: 3,
    strideHeight: 2,
    strideWidth: 2,
    groups: 2,
  },
  {
    title: 'dilated, padded unevenly',
    ...WINDOW,
    outHeight: 4,
    outWidth: 3,
    padTop: 2,
    padLeft: 0,
    dilationHeight: 2,
    dilationWidth: 2,
  },
  {
    title: 'depthwise, along one axis',
    ...WINDOW,
    height: 1,
    outHeight: 1,
    kernelHeight: 1,
    padTop: 0,
    groups: 4,
  },
  { title: '1x1', ...WINDOW, outChannels: 3, kernelHeight: 1, kernelWidth: 1, padTop: 0, padLeft: 0 },
];

function convolutions(): KernelSpec[] {
  return FLOATS.flatMap((dtype) =>
    CONVOLUTIONS.flatMap(({ title, ...p }) => {
      const taps = p.kernelHeight * p.kernelWidth;
      const weight = ordinary(dtype, (p.channels / p.groups) * p.outChannels * taps, 1);
      const bias = p.groups === 1 ? ordinary(dtype, p.outChannels, 2) : undefined;
      const inSize = p.batch * p.channels * p.height * p.width;
      const outSize = p.batch * p.outChannels * p.outHeight * p.outWidth;
      const forward = spec(kernels.conv2d, {
        title,
        dtype,
        operands: { x: ordinary(dtype, inSize), weight, bias, out: blank(dtype, outSize) },
        params: p,
        grid: [p.outHeight * p.outWidth, p.outChannels, p.batch],
      });
      const back = {
        ...p,
        channels: p.outChannels,
        outChannels: p.channels,
        height: p.outHeight,
        width: p.outWidth,
        outHeight: p.height,
        outWidth: p.width,
      };
      const transposed = spec(kernels.convTranspose2d, {
        title: `the transpose of: ${title}`,
        dtype,
        operands: {
          x: ordinary(dtype, outSize),
          weight,
          bias: bias === undefined ? undefined : ordinary(dtype, back.outChannels, 2),
          out: blank(dtype, inSize),
        },
        params: back,
        grid: [back.outHeight * back.outWidth, back.outChannels, back.batch],
      });
      return [forward, transposed];
    }),
  );
}

function planes(): KernelSpec[] {
  return FLOATS.flatMap((dtype) => {
    const x = Array.from(ordinary(dtype, 2 * 5 * 7).values);
    x[3] = Number.NaN;
    const pools = ['avg', 'max'].map((op) =>
      spec(kernels.pool2d, {
        title: `${op}, padded and strided, with a NaN`,
        dtype,
        operands: { x: { dtype, values: x }, out: blank(dtype, 2 * 3 * 4) },
        params: {
          planes: 2,
          height: 5,
          width: 7,
          outHeight: 3,
          outWidth: 4,
          kernelHeight: 3,
          kernelWidth: 2,
          strideHeight: 2,
          strideWidth: 2,
          padTop: 1,
          padLeft: 1,
        },
        constants: { op },
        grid: [4, 3, 2],
      }),
    );
    const resized = [kernels.upsampleNearest, kernels.resizeBicubic].flatMap((kernel) =>
      [
        [7, 9],
        [2, 3],
        [1, 1],
      ].map(([outHeight, outWidth]) =>
        spec(kernel, {
          title: `5 x 7 to ${outHeight} x ${outWidth}`,
          dtype,
          operands: { x: ordinary(dtype, 70), out: blank(dtype, 2 * outHeight * outWidth) },
          params: { planes: 2, height: 5, width: 7, outHeight, outWidth },
          grid: [outWidth, outHeight, 2],
        }),
      ),
    );
    return [...pools, ...resized];
  });
}

export function windowSpecs(): KernelSpec[] {
  return [...convolutions(), ...planes()];
}
