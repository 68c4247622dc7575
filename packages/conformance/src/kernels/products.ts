/** Matrix products, products with quantised weights, convolutions, pooling and resizing. */

import { type DType, kernels, QUANTIZED_BLOCKS, QUANTIZED_FORMATS, type QuantizedFormat } from '@wick/core';
import { type KernelSpec, type Operand, spec } from './spec.js';
import { blank, FLOATS, ordinary } from './values.js';

function matmuls(): KernelSpec[] {
  return FLOATS.flatMap((dtype) => {
    const flags = [false, true].flatMap((a) => [false, true].map((b) => [a, b] as const));
    const transposed = flags.map(([transposeA, transposeB]) =>
      spec(kernels.matmul, {
        title: `odd sizes${transposeA ? ', A transposed' : ''}${transposeB ? ', B transposed' : ''}`,
        dtype,
        operands: {
          a: ordinary(dtype, 5 * 33),
          b: ordinary(dtype, 33 * 7, 1),
          bias: transposeA ? ordinary('float32', 7, 2) : undefined,
          out: blank(dtype, 35),
        },
        params: {
          m: 5,
          n: 7,
          k: 33,
          batch: 1,
          batchShape: [1, 1, 1, 1],
          aBatchStrides: [],
          bBatchStrides: [],
        },
        constants: { transposeA, transposeB },
        grid: [7, 5, 1],
      }),
    );
    const others = [
      batched(dtype),
      single(dtype, 1, 'a row by a column'),
      single(dtype, 0, 'sums of nothing'),
    ];
    return [...transposed, ...others];
  });
}

/** [2, 3] products, A of [2, 1], B of [3]. */
function batched(dtype: DType): KernelSpec {
  return spec(kernels.matmul, {
    title: 'batches, broadcast, mixed dtypes',
    dtype,
    operands: {
      a: ordinary(dtype, 2 * 4 * 6),
      b: ordinary('float32', 3 * 6 * 5, 1),
      out: blank('float32', 6 * 4 * 5),
    },
    params: {
      m: 4,
      n: 5,
      k: 6,
      batch: 6,
      batchShape: [1, 1, 2, 3],
      aBatchStrides: [0, 0, 24, 0],
      bBatchStrides: [0, 0, 0, 30],
    },
    constants: { transposeA: false, transposeB: false },
    grid: [5, 4, 6],
  });
}

function single(dtype: DType, k: number, title: string): KernelSpec {
  return spec(kernels.matmul, {
    title,
    dtype,
    operands: { a: ordinary(dtype, k), b: ordinary(dtype, k, 1), out: blank(dtype, 1) },
    params: { m: 1, n: 1, k, batch: 1, batchShape: [1, 1, 1, 1], aBatchStrides: [], bBatchStrides: [] },
    constants: { transposeA: false, transposeB: false },
    grid: [1, 1, 1],
  });
}

/** Bytes of a block that hold a float16 scale. */
const SCALES: Readonly<Record<QuantizedFormat, readonly number[]>> = {
  Q8_0: [0],
  Q4_0: [0],
  Q4_K: [0, 2],
  Q6_K: [208],
};

/** Blocks of arbitrary quants, with scales of about 2^-6. */
function blocks(format: QuantizedFormat, count: number): Operand {
  const { bytes } = QUANTIZED_BLOCKS[format];
  const values = Array.from({ length: count * bytes }, (_, i) => (i * 167 + 13) % 256);
  for (let block = 0; block < count; block++) {
    for (const at of SCALES[format]) {
      values[block * bytes + at] = 40 * block;
      values[block * bytes + at + 1] = 0x24;
    }
  }
  return { dtype: 'uint8', values };
}

function quantized(): KernelSpec[] {
  return QUANTIZED_FORMATS.flatMap((format) =>
    FLOATS.flatMap((dtype) => {
      const { elements } = QUANTIZED_BLOCKS[format];
      const constants = { format };
      const k = 2 * elements;
      return [
        spec(kernels.quantizedMatmul, {
          title: format,
          dtype,
          operands: {
            x: ordinary(dtype, 3 * k),
            weight: blocks(format, 2 * 5),
            bias: ordinary('float32', 5, 2),
            // Sums of hundreds of large terms leave float16.
            out: blank('float32', 15),
          },
          params: { m: 3, n: 5, k },
          constants,
          grid: [5, 3, 1],
        }),
        spec(kernels.dequantize, {
          title: format,
          dtype,
          operands: { weight: blocks(format, 3), out: blank(dtype, 3 * elements) },
          params: { size: 3 * elements },
          constants,
          grid: [3 * elements, 1, 1],
        }),
        spec(kernels.quantizedEmbedding, {
          title: `${format}, indices outside`,
          dtype,
          operands: {
            weight: blocks(format, 4),
            index: { dtype: 'int32', values: [2, 0, -1, 99, 3] },
            out: blank(dtype, 5 * elements),
          },
          params: { rows: 4, width: elements, count: 5 },
          constants,
          grid: [elements, 5, 1],
        }),
      ];
    }),
  );
}

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

export function productSpecs(): KernelSpec[] {
  return [...matmuls(), ...quantized(), ...convolutions(), ...planes()];
}
