/** Convolutions of [n, c, h, w]: products where a group has channels enough to share tiles, sums elsewhere. */

import { kernels, type ParamValues } from '@wick/core';
import { fixedParam, type Variant, wgslKernel } from '../../kernel.js';
import { type GemmSize, gemmShader, sizeOf, usesMatrices } from '../gemm/choice.js';
import { directConv, directTranspose } from './direct.js';
import { type ConvForm, convProduct } from './product.js';

/** With fewer channels of a group, or terms of a sum, most of a tile would be empty. */
const LEAST_ROWS = 8;
const LEAST_DEPTH = 16;

type Params = ParamValues<typeof kernels.conv2d.params.spec>;
type Fixed = { readonly [K in keyof Params]: number };

/** All sizes; undefined where replays supply one. */
function fixedParams(params: Params): Fixed | undefined {
  const values = Object.entries(params).map(([name, value]) => [name, fixedParam(value)] as const);
  return values.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(values) as Fixed);
}

/** `direct`, or the size of tiles and what a {@link ConvForm} says. */
function specializationOf(params: Params): string {
  const p = fixedParams(params);
  if (p === undefined) return 'direct';
  const taps = p.kernelHeight * p.kernelWidth;
  const rows = p.outChannels / p.groups;
  const depth = (p.channels / p.groups) * taps;
  const plane = p.outHeight * p.outWidth;
  if (rows < LEAST_ROWS || depth < LEAST_DEPTH) return 'direct';
  const pointwise =
    taps === 1 &&
    p.strideHeight * p.strideWidth === 1 &&
    plane === p.height * p.width &&
    p.padTop + p.padLeft === 0;
  const flags = [depth % 4 === 0, p.outWidth % 4 === 0, plane % 4 === 0, pointwise];
  const size = sizeOf(rows, p.batch * plane, p.groups);
  return `${size}/${p.kernelHeight}/${p.kernelWidth}/${flags.map(Number).join('')}`;
}

function formOf({ specialization }: Variant): { readonly size: GemmSize; readonly form: ConvForm } {
  const [size, kernelHeight, kernelWidth, flags] = specialization.split('/');
  const [weights, rows, planes, pointwise] = Array.from(flags, (flag) => flag === '1');
  return {
    size: size as GemmSize,
    form: {
      kernelHeight: Number(kernelHeight),
      kernelWidth: Number(kernelWidth),
      weights,
      rows,
      planes,
      pointwise,
    },
  };
}

export const conv2d = wgslKernel(kernels.conv2d, {
  specialize: ({ params }) => specializationOf(params),
  shader(variant) {
    if (variant.specialization === 'direct') return directConv(variant);
    const { size, form } = formOf(variant);
    const matrices = usesMatrices(variant, size, 'x', 'weight');
    return gemmShader(convProduct(variant, form, matrices ? 8 : 4), size, matrices, variant.features);
  },
});

export const convTranspose2d = wgslKernel(kernels.convTranspose2d, {
  shader: directTranspose,
});
