/** Kernels that read block-quantised weights. Weights are decoded to float32, a few rows at a time. */

import { kernels, QUANTIZED_BLOCKS, QUANTIZED_FORMATS } from '@wick/core';
import { bytes, choice, cpuKernel, floats, ints, type KernelCall, optionalFloats } from '../kernel.js';
import { BLOCK_DECODERS } from './blocks.js';
import { TILE, tile, tileSums } from './tile.js';

/** The format of a call, with its decoder. */
function blockFormat(call: Pick<KernelCall, 'constants'>) {
  const format = choice(call, 'format', QUANTIZED_FORMATS);
  return { ...QUANTIZED_BLOCKS[format], decode: BLOCK_DECODERS[format] };
}

type BlockFormat = ReturnType<typeof blockFormat>;

/** Decodes `count` weights, whole blocks, from block number `block` on. */
function decodeRow(
  format: BlockFormat,
  weight: Uint8Array,
  block: number,
  count: number,
  out: Float32Array,
  outAt: number,
): void {
  const { elements, bytes, decode } = format;
  for (let i = 0; i < count; i += elements) {
    decode(weight, (block + i / elements) * bytes, out, outAt + i);
  }
}

/** One unit is four columns of the output. */
export const quantizedMatmul = cpuKernel(kernels.quantizedMatmul, {
  units({ params }) {
    return Math.ceil(params.n / TILE);
  },

  run(call, begin, end) {
    const { m, n, k } = call.params;
    const x = floats(call, 'x');
    const weight = bytes(call, 'weight');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const format = blockFormat(call);
    const blocksPerRow = k / format.elements;
    const decoded = new Float32Array(TILE * k);
    const sums = tileSums();

    for (let unit = begin; unit < end; unit++) {
      const column = TILE * unit;
      const columns = Math.min(TILE, n - column);
      for (let c = 0; c < columns; c++) {
        decodeRow(format, weight, (column + c) * blocksPerRow, k, decoded, c * k);
      }
      for (let row = 0; row < m; row += TILE) {
        const rows = Math.min(TILE, m - row);
        tile(x, row * k, k, 1, rows, decoded, 0, k, 1, columns, k, sums);
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            const sum = sums[TILE * r + c];
            out[(row + r) * n + column + c] = bias === undefined ? sum : sum + bias[column + c];
          }
        }
      }
    }
  },
});

/** One unit is one block. */
export const dequantize = cpuKernel(kernels.dequantize, {
  units(call) {
    return Math.ceil(call.params.size / blockFormat(call).elements);
  },

  run(call, begin, end) {
    const weight = bytes(call, 'weight');
    const out = floats(call, 'out');
    const format = blockFormat(call);
    const first = begin * format.elements;
    const size = Math.min(end * format.elements, call.params.size) - first;
    decodeRow(format, weight, begin, size, out, first);
  },
});

/** One unit is one row that is looked up. */
export const quantizedEmbedding = cpuKernel(kernels.quantizedEmbedding, {
  units({ params }) {
    return params.count;
  },

  run(call, begin, end) {
    const { rows, width } = call.params;
    const weight = bytes(call, 'weight');
    const index = ints(call, 'index');
    const out = floats(call, 'out');
    const format = blockFormat(call);
    const blocksPerRow = width / format.elements;
    for (let unit = begin; unit < end; unit++) {
      const row = Math.min(Math.max(index[unit], 0), rows - 1);
      decodeRow(format, weight, row * blocksPerRow, width, out, unit * width);
    }
  },
});
