/** The matrix product. */

import { kernels } from '@wick/core';
import { cpuKernel, flag, floats, optionalFloats } from '../kernel.js';
import { TILE, tile, tileSums } from './tile.js';

/** One unit is a tile of 4 x 4 outputs; tiles are counted along n, then m, then the batch. */
export const matmul = cpuKernel(kernels.matmul, {
  units({ params }) {
    return params.batch * Math.ceil(params.m / TILE) * Math.ceil(params.n / TILE);
  },

  run(call, begin, end) {
    const { m, n, k, batchShape, aBatchStrides, bBatchStrides } = call.params;
    const a = floats(call, 'a');
    const b = floats(call, 'b');
    const bias = optionalFloats(call, 'bias');
    const out = floats(call, 'out');
    const [aRow, aStep] = flag(call, 'transposeA') ? [1, m] : [k, 1];
    const [bRow, bStep] = flag(call, 'transposeB') ? [k, 1] : [1, n];
    const across = Math.ceil(n / TILE);
    const down = Math.ceil(m / TILE);
    const sums = tileSums();

    for (let unit = begin; unit < end; unit++) {
      const column = TILE * (unit % across);
      const row = TILE * (Math.floor(unit / across) % down);
      const batch = Math.floor(unit / (across * down));
      const rows = Math.min(TILE, m - row);
      const columns = Math.min(TILE, n - column);
      const aAt = batchOffset(batch, batchShape, aBatchStrides) + row * aRow;
      const bAt = batchOffset(batch, batchShape, bBatchStrides) + column * bRow;
      tile(a, aAt, aRow, aStep, rows, b, bAt, bRow, bStep, columns, k, sums);
      for (let r = 0; r < rows; r++) {
        const at = (batch * m + row + r) * n + column;
        for (let c = 0; c < columns; c++) {
          const sum = sums[TILE * r + c];
          out[at + c] = bias === undefined ? sum : sum + bias[column + c];
        }
      }
    }
  },
});

/** Where batch number `batch` begins, in elements; the last of the four axes runs fastest. */
function batchOffset(batch: number, shape: readonly number[], strides: readonly number[]): number {
  let rest = batch;
  let offset = 0;
  for (let axis = 3; axis >= 0; axis--) {
    offset += (rest % shape[axis]) * strides[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return offset;
}
