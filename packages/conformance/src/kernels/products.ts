/** Matrix products, and products with quantised weights. */

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

/** Blocks of arbitrary quants, with scales of about 2^-6; in Q6_K 2^-10, since its groups have scales up to 127 too. */
function blocks(format: QuantizedFormat, count: number): Operand {
  const { bytes } = QUANTIZED_BLOCKS[format];
  const values = Array.from({ length: count * bytes }, (_, i) => (i * 167 + 13) % 256);
  for (let block = 0; block < count; block++) {
    for (const at of SCALES[format]) {
      values[block * bytes + at] = 40 * block;
      values[block * bytes + at + 1] = format === 'Q6_K' ? 0x14 : 0x24;
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

export function productSpecs(): KernelSpec[] {
  return [...matmuls(), ...quantized()];
}
