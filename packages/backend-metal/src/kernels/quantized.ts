/** Kernels that read block-quantised weights directly, eight weights at a time. */

import { type DType, kernels, QUANTIZED_FORMATS } from '@wick/core';
import { choice, dtypeOf, fixedParam, type MslShader, mslKernel, type Variant } from '../kernel.js';
import { BLOCKS, FORMAT, formatNumber } from '../msl/blocks.js';
import { cached, constantsText, kernelText, MAP_THREADS, moduleText } from '../msl/module.js';
import { loadRows, PRODUCT, PRODUCT_LAUNCH, productText } from '../msl/product.js';
import { LEFT, QUADS } from '../msl/quads.js';
import { STORED } from '../msl/types.js';

const formatConstant = (variant: Variant) => ({
  index: FORMAT.index,
  type: FORMAT.type,
  value: formatNumber(choice(variant, 'format', QUANTIZED_FORMATS)),
});

/** Products of at most this many rows are not tiled. */
const FEW_ROWS = 8;
const OWN_ROWS = 4;
/** Columns of a SIMD group, and SIMD groups, of a threadgroup of dot products. */
const DOTS = { own: 2, simds: 4 } as const;

const ROWS = { name: 'own_rows', index: 1, type: 'uint' } as const;

type Types = Readonly<Record<'x' | 'weight' | 'bias' | 'out', string | undefined>>;

const storeText = ({ bias, out }: Types) =>
  `out[row * params.n + column] = ${out}(sum${bias === undefined ? '' : ' + float(bias[column])'});`;

const dotsText = (types: Types) =>
  kernelText({
    entry: 'quantized_dots',
    contract: kernels.quantizedMatmul,
    types,
    places: ['group', 'simd', 'member'],
    body: `  const uint first_row = group.y * own_rows;
  const uint first_column = (group.x * ${DOTS.simds} + simd) * ${DOTS.own};
  float sums[${DOTS.own * OWN_ROWS}];
  for (uint n = 0; n < ${DOTS.own * OWN_ROWS}; n++) sums[n] = 0.0f;
  for (uint i = member * 8; i < params.k; i += 256) {
    float4 low[${DOTS.own}];
    float4 high[${DOTS.own}];
    for (uint c = 0; c < ${DOTS.own}; c++) {
      float values[8];
      decode_eight(weight, min(first_column + c, params.n - 1) * params.k + i, values);
      low[c] = float4(values[0], values[1], values[2], values[3]);
      high[c] = float4(values[4], values[5], values[6], values[7]);
    }
    for (uint r = 0; r < own_rows; r++) {
      const uint at = min(first_row + r, params.m - 1) * params.k + i;
      const float4 x_low = quad_of(x, at, 4, true);
      const float4 x_high = quad_of(x, at + 4, 4, true);
      for (uint c = 0; c < ${DOTS.own}; c++) {
        sums[r * ${DOTS.own} + c] += dot(x_low, low[c]) + dot(x_high, high[c]);
      }
    }
  }
  for (uint r = 0; r < own_rows; r++) {
    for (uint c = 0; c < ${DOTS.own}; c++) {
      const float sum = simd_sum(sums[r * ${DOTS.own} + c]);
      const uint row = first_row + r;
      const uint column = first_column + c;
      if (member == 0 && row < params.m && column < params.n) ${storeText(types)}
    }
  }`,
  });

const tiledText = (types: Types, matrices: boolean) =>
  productText({
    entry: matrices ? 'quantized_tiled' : 'quantized_plain',
    contract: kernels.quantizedMatmul,
    types,
    rows: 'params.m',
    columns: 'params.n',
    depth: 'params.k',
    loadA: loadRows({
      name: 'x',
      at: '0',
      rows: 'params.m',
      depth: 'params.k',
      transposed: 'false',
      whole: 'true',
    }),
    // A thread decodes eight weights of one column. The depth is a multiple of a block, so it has no edge.
    loadB: `    {
      const uint c = lane / 2;
      const uint d = (lane % 2) * 8;
      float values[8] = {0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f};
      if (first_column + c < params.n) {
        decode_eight(weight, (first_column + c) * params.k + base + d, values);
      }
      for (uint j = 0; j < 8; j++) b_cells[(d + j) * ${PRODUCT.bRow} + c] = values[j];
    }`,
    store: storeText(types),
    matrices,
  });

/** The key is the MSL types of x, bias and out, and whether there are matrices of SIMD groups. */
const products = cached((key: string) => {
  const [x, bias, out, form] = key.split('/');
  const types = { x, weight: 'uchar', bias: bias === '' ? undefined : bias, out };
  return moduleText(
    constantsText([FORMAT, ROWS]),
    QUADS,
    LEFT,
    BLOCKS,
    tiledText(types, form === 'matrices'),
    dotsText(types),
  );
});

export const quantizedMatmul = mslKernel(kernels.quantizedMatmul, {
  /** Rows of a threadgroup of a product of few rows; 0 for tiles. */
  specialize({ params }) {
    const m = fixedParam(params.m);
    return String(m !== undefined && m <= FEW_ROWS ? Math.min(m, OWN_ROWS) : 0);
  },
  shader(variant): MslShader {
    const types = ['x', 'bias', 'out'].map((name) => {
      const dtype = variant.dtypes[name];
      return dtype === undefined ? '' : STORED[dtype];
    });
    const form = variant.features.simdgroupMatrix ? 'matrices' : 'plain';
    const rows = Number(variant.specialization);
    const shared = {
      source: products([...types, form].join('/')),
      constants: [formatConstant(variant), { index: ROWS.index, type: ROWS.type, value: Math.max(1, rows) }],
    };
    if (rows === 0) {
      const entry = form === 'matrices' ? 'quantized_tiled' : 'quantized_plain';
      return { ...shared, entry, ...PRODUCT_LAUNCH };
    }
    const { own, simds } = DOTS;
    return { ...shared, entry: 'quantized_dots', threads: 32 * simds, tile: [own * simds, rows, 1] };
  },
});

/** Runs of eight weights that a threadgroup decodes, one a thread. */
const decodeBody = (
  size: string,
  index: string,
  stored: string,
) => `  const uint first = (group.x * ${MAP_THREADS} + lane) * 8;
  if (first >= ${size}) return;
  float values[8];
  decode_eight(weight, ${index}, values);
  for (uint j = 0; j < min(${size} - first, 8u); j++) out[first + j] = ${stored}(values[j]);`;

const decoding = cached((dtype: DType) => {
  const stored = STORED[dtype];
  return moduleText(
    constantsText([FORMAT]),
    BLOCKS,
    kernelText({
      entry: 'dequantize',
      contract: kernels.dequantize,
      types: { weight: 'uchar', out: stored },
      body: decodeBody('params.size', 'first', stored),
    }),
    `inline uint clamped_row(int index, uint rows) { return index < 0 ? 0u : min(uint(index), rows - 1u); }`,
    kernelText({
      entry: 'quantized_embedding',
      contract: kernels.quantizedEmbedding,
      types: { weight: 'uchar', index: 'int', out: stored },
      body: decodeBody(
        'params.width * params.count',
        'clamped_row(index[first / params.width], params.rows) * params.width + first % params.width',
        stored,
      ),
    }),
  );
});

const decoded = (variant: Variant, entry: string): MslShader => ({
  source: decoding(dtypeOf(variant, 'out')),
  entry,
  constants: [formatConstant(variant)],
  threads: MAP_THREADS,
  tile: 8 * MAP_THREADS,
});

export const dequantize = mslKernel(kernels.dequantize, {
  shader: (variant) => decoded(variant, 'dequantize'),
});

export const quantizedEmbedding = mslKernel(kernels.quantizedEmbedding, {
  shader: (variant) => decoded(variant, 'quantized_embedding'),
});
