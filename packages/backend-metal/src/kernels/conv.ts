/** Convolutions: a tiled product of the weights with the windows, which are read as they are needed. */

import { kernels } from '@wick/core';
import { fixedParam, mslKernel, type Variant } from '../kernel.js';
import {
  cached,
  constantsText,
  kernelText,
  MAP_THREADS,
  MAP_TILE,
  mapBody,
  moduleText,
} from '../msl/module.js';
import { loadRows, PRODUCT, PRODUCT_LAUNCH, productText } from '../msl/product.js';
import { LEFT, QUADS } from '../msl/quads.js';
import { STORED } from '../msl/types.js';

/** Whether vectors of four of the weights begin at multiples of four. */
const WHOLE = { name: 'whole_weight', index: 0, type: 'bool' } as const;

type Types = Readonly<Record<'x' | 'weight' | 'bias' | 'out', string | undefined>>;

const GEOMETRY = `  const uint taps = params.kernelHeight * params.kernelWidth;
  const uint plane = params.outHeight * params.outWidth;`;

const biasOf = ({ bias }: Types, channel: string) => (bias === undefined ? '' : ` + float(bias[${channel}])`);

/** out = W X: W is [outChannels, channels * taps], X the windows as [channels * taps, pixels]. */
const tiledText = (types: Types, matrices: boolean) =>
  productText({
    entry: matrices ? 'conv2d_tiled' : 'conv2d_plain',
    contract: kernels.conv2d,
    types,
    rows: 'params.outChannels',
    columns: 'plane',
    depth: 'depth',
    setup: `${GEOMETRY}
  const uint depth = params.channels * taps;
  // Every thread loads windows of one pixel.
  const uint pixel = first_column + lane % ${PRODUCT.side};
  const int top = int((pixel / params.outWidth) * params.strideHeight) - int(params.padTop);
  const int left = int((pixel % params.outWidth) * params.strideWidth) - int(params.padLeft);
  const uint image = group.z * params.channels * params.height * params.width;`,
    loadA: loadRows({
      name: 'weight',
      at: '0',
      rows: 'params.outChannels',
      depth: 'depth',
      transposed: 'false',
      whole: WHOLE.name,
    }),
    loadB: `    for (uint d = lane / ${PRODUCT.side}; d < ${PRODUCT.depth}; d += ${PRODUCT.threads / PRODUCT.side}) {
      const uint channel = (base + d) / taps;
      const uint tap = (base + d) - channel * taps;
      const int y = top + int((tap / params.kernelWidth) * params.dilationHeight);
      const int column = left + int((tap % params.kernelWidth) * params.dilationWidth);
      const bool inside = pixel < plane && base + d < depth && y >= 0 && y < int(params.height) && column >= 0
        && column < int(params.width);
      const uint at = image + (channel * params.height + uint(y)) * params.width + uint(column);
      b_cells[d * ${PRODUCT.bRow} + lane % ${PRODUCT.side}] = inside ? float(x[at]) : 0.0f;
    }`,
    store: `out[(group.z * params.outChannels + row) * plane + column] = ${types.out}(sum${biasOf(types, 'row')});`,
    matrices,
  });

/** Where output number `i` of [batch, outChannels, outHeight, outWidth] lies. */
const OUTPUT = `    const uint pixel = i % plane;
    const uint channel = (i / plane) % params.outChannels;
    const uint image = i / (plane * params.outChannels);
    const uint group_channels = params.channels / params.groups;
    const uint group_outs = params.outChannels / params.groups;
    const uint first_channel = (channel / group_outs) * group_channels;
    const uint oy = pixel / params.outWidth;
    const uint ox = pixel - oy * params.outWidth;`;

const OUTPUTS = 'params.batch * params.outChannels * plane';

/** An output a thread: for groups of few channels, of which tiles would be mostly empty. */
const directText = (types: Types) =>
  kernelText({
    entry: 'conv2d_direct',
    contract: kernels.conv2d,
    types,
    body: `${GEOMETRY}
${mapBody(
  OUTPUTS,
  `${OUTPUT}
    const int top = int(oy * params.strideHeight) - int(params.padTop);
    const int left = int(ox * params.strideWidth) - int(params.padLeft);
    float sum = 0.0f;
    for (uint c = 0; c < group_channels; c++) {
      const uint rows = (image * params.channels + first_channel + c) * params.height;
      const uint weights = (channel * group_channels + c) * taps;
      for (uint ky = 0; ky < params.kernelHeight; ky++) {
        const int y = top + int(ky * params.dilationHeight);
        for (uint kx = 0; kx < params.kernelWidth; kx++) {
          const int column = left + int(kx * params.dilationWidth);
          const bool inside = y >= 0 && y < int(params.height) && column >= 0 && column < int(params.width);
          // The padding is multiplied too: an infinite weight makes it NaN.
          const float value = inside ? float(x[(rows + uint(y)) * params.width + uint(column)]) : 0.0f;
          sum += value * float(weight[weights + ky * params.kernelWidth + kx]);
        }
      }
    }
    out[i] = ${types.out}(sum${biasOf(types, 'channel')});`,
)}`,
  });

const transposeText = (types: Types) =>
  kernelText({
    entry: 'conv_transpose2d',
    contract: kernels.convTranspose2d,
    types,
    body: `${GEOMETRY}
${mapBody(
  OUTPUTS,
  `${OUTPUT}
    float sum = 0.0f;
    for (uint ky = 0; ky < params.kernelHeight; ky++) {
      const uint down = oy + params.padTop;
      if (down < ky * params.dilationHeight) break;
      const uint y = (down - ky * params.dilationHeight) / params.strideHeight;
      if (y * params.strideHeight + ky * params.dilationHeight != down || y >= params.height) continue;
      for (uint kx = 0; kx < params.kernelWidth; kx++) {
        const uint across = ox + params.padLeft;
        if (across < kx * params.dilationWidth) break;
        const uint column = (across - kx * params.dilationWidth) / params.strideWidth;
        if (column * params.strideWidth + kx * params.dilationWidth != across || column >= params.width) continue;
        for (uint c = 0; c < group_channels; c++) {
          const uint input = first_channel + c;
          const float value = float(x[((image * params.channels + input) * params.height + y) * params.width + column]);
          sum += value * float(weight[(input * group_outs + channel % group_outs) * taps + ky * params.kernelWidth + kx]);
        }
      }
    }
    out[i] = ${types.out}(sum${biasOf(types, 'channel')});`,
)}`,
  });

/** The key is the MSL types of x, weight, bias and out, and whether there are matrices of SIMD groups. */
const source = cached((key: string) => {
  const [x, weight, bias, out, form] = key.split('/');
  const types = { x, weight, bias: bias === '' ? undefined : bias, out };
  return moduleText(
    constantsText([WHOLE]),
    QUADS,
    LEFT,
    tiledText(types, form === 'matrices'),
    directText(types),
    transposeText(types),
  );
});

function sourceOf({ dtypes, features }: Variant): string {
  const types = ['x', 'weight', 'bias', 'out'].map((name) => {
    const dtype = dtypes[name];
    return dtype === undefined ? '' : STORED[dtype];
  });
  return source([...types, features.simdgroupMatrix ? 'matrices' : 'plain'].join('/'));
}

/** With at most this many output channels a tile of 64 would be mostly empty. */
const FEW_CHANNELS = 4;

export const conv2d = mslKernel(kernels.conv2d, {
  /** `direct`, or `tiled` and whether the depth is a multiple of four. */
  specialize({ params }) {
    const [groups, channels, outChannels, height, width] = [
      params.groups,
      params.channels,
      params.outChannels,
      params.kernelHeight,
      params.kernelWidth,
    ].map(fixedParam);
    if (groups !== 1 || outChannels === undefined || outChannels <= FEW_CHANNELS) return 'direct';
    const depth = (channels ?? 1) * (height ?? 1) * (width ?? 1);
    return depth % 4 === 0 ? 'tiled/whole' : 'tiled';
  },
  shader(variant) {
    const shared = { source: sourceOf(variant) };
    if (variant.specialization === 'direct') {
      return { ...shared, entry: 'conv2d_direct', threads: MAP_THREADS, tile: MAP_TILE };
    }
    return {
      ...shared,
      entry: variant.features.simdgroupMatrix ? 'conv2d_tiled' : 'conv2d_plain',
      constants: [{ index: WHOLE.index, type: WHOLE.type, value: variant.specialization === 'tiled/whole' }],
      ...PRODUCT_LAUNCH,
    };
  },
});

export const convTranspose2d = mslKernel(kernels.convTranspose2d, {
  shader: (variant) => ({
    source: sourceOf(variant),
    entry: 'conv_transpose2d',
    threads: MAP_THREADS,
    tile: MAP_TILE,
  }),
});
