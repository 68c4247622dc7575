import { QUANTIZED_BLOCKS, QUANTIZED_FORMATS, type QuantizedFormat } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { dequantize, quantizedEmbedding, quantizedMatmul } from '../src/kernels/quantized.js';
import { execute, output, ramp } from './execute.js';
import { expectNear } from './near.js';

/** Bits of the float16 numbers that the tests use as scales. */
const HALF: Readonly<Record<string, number>> = { '1': 0x3c00, '0.5': 0x3800, '-2': 0xc000, '0.125': 0x3000 };

function writeHalf(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = HALF[value] & 0xff;
  bytes[at + 1] = HALF[value] >> 8;
}

/**
 * Writes blocks the other way round than the kernels read them: from a number for each weight to its place
 * in the block. Each answers with the weights that the block stands for.
 */
const ENCODERS: Readonly<Record<QuantizedFormat, (block: Uint8Array, seed: number) => number[]>> = {
  Q8_0(block, seed) {
    writeHalf(block, 0, 0.5);
    return weights(32, (i) => {
      const q = number(seed, i, 256) - 128;
      block[2 + i] = q;
      return 0.5 * q;
    });
  },
  Q4_0(block, seed) {
    writeHalf(block, 0, -2);
    return weights(32, (i) => {
      const q = number(seed, i, 16);
      block[2 + (i % 16)] |= i < 16 ? q : q << 4;
      return -2 * (q - 8);
    });
  },
  Q4_K(block, seed) {
    writeHalf(block, 0, 0.125);
    writeHalf(block, 2, 0.5);
    const scales = weights(8, (i) => number(seed + 1, i, 64));
    const minima = weights(8, (i) => number(seed + 2, i, 64));
    for (let i = 0; i < 4; i++) {
      block[4 + i] = scales[i] | ((scales[i + 4] >> 4) << 6);
      block[8 + i] = minima[i] | ((minima[i + 4] >> 4) << 6);
      block[12 + i] = (scales[i + 4] & 15) | ((minima[i + 4] & 15) << 4);
    }
    return weights(256, (i) => {
      const q = number(seed, i, 16);
      const group = Math.floor(i / 32);
      block[16 + 32 * Math.floor(i / 64) + (i % 32)] |= group % 2 === 0 ? q : q << 4;
      return 0.125 * scales[group] * q - 0.5 * minima[group];
    });
  },
  Q6_K(block, seed) {
    writeHalf(block, 208, 0.125);
    const scales = weights(16, (i) => number(seed + 1, i, 256) - 128);
    scales.forEach((scale, i) => {
      block[192 + i] = scale;
    });
    return weights(256, (i) => {
      const q = number(seed, i, 64);
      // In each half of 128: weights 0-31 and 64-95 share 32 bytes, 32-63 and 96-127 the next 32.
      const half = Math.floor(i / 128);
      const j = i % 128;
      block[64 * half + (j % 64)] |= j < 64 ? q & 15 : (q & 15) << 4;
      block[128 + 32 * half + (j % 32)] |= (q >> 4) << (2 * Math.floor(j / 32));
      return 0.125 * scales[Math.floor(i / 16)] * (q - 32);
    });
  },
};

function weights(count: number, weight: (i: number) => number): number[] {
  return Array.from({ length: count }, (_, i) => weight(i));
}

/** A number below `limit` that looks random. */
function number(seed: number, i: number, limit: number): number {
  return (Math.imul(seed * 1009 + i + 1, 2654435761) >>> 16) % limit;
}

/** `count` blocks and the weights that they stand for. */
function blocks(format: QuantizedFormat, count: number) {
  const { elements, bytes } = QUANTIZED_BLOCKS[format];
  const weight = new Uint8Array(count * bytes);
  const values = new Float32Array(count * elements);
  for (let i = 0; i < count; i++) {
    values.set(ENCODERS[format](weight.subarray(i * bytes, (i + 1) * bytes), i * 7), i * elements);
  }
  return { weight, values, elements };
}

describe.each(QUANTIZED_FORMATS)('%s', (format) => {
  const constants = { format };

  test('dequantize', () => {
    const { weight, values } = blocks(format, 5);
    const bindings = { weight, out: new Float32Array(values.length) };
    expect(output(dequantize, { bindings, params: { size: values.length }, constants })).toEqual(
      Array.from(values),
    );
  });

  test('a scale of each class of float16', () => {
    const { bytes, elements } = QUANTIZED_BLOCKS[format];
    const at = format === 'Q6_K' ? 208 : 0;
    for (const [bits, value] of [
      [0, 0],
      [1, 2 ** -24],
      [0x8400, -(2 ** -14)],
      [0x7c00, Number.POSITIVE_INFINITY],
    ]) {
      const weight = new Uint8Array(bytes).fill(0x11); // no number in the block is zero
      if (format === 'Q4_K') weight.fill(0, 2, 4); // dmin
      weight[at] = bits & 0xff;
      weight[at + 1] = bits >> 8;
      const { out } = execute(dequantize, {
        bindings: { weight, out: new Float32Array(elements) },
        params: { size: elements },
        constants,
      });
      weight[at] = 0x00;
      weight[at + 1] = 0x3c; // 1
      const scaled = output(dequantize, {
        bindings: { weight, out: new Float32Array(elements) },
        params: { size: elements },
        constants,
      });
      expectNear(
        out,
        scaled.map((unit) => unit * value),
      );
    }
  });

  test.each([
    [1, 1],
    [1, 6],
    [3, 5],
    [5, 6],
  ])('matmul of %i rows by %i', (m, n) => {
    const { weight, values, elements } = blocks(format, 2 * n);
    const k = 2 * elements;
    const x = ramp(m * k);
    const bias = ramp(n, 3);
    const want: number[] = [];
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = bias[column];
        for (let i = 0; i < k; i++) sum += x[row * k + i] * values[column * k + i];
        want.push(sum);
      }
    }
    const bindings = { x, weight, bias, out: new Float32Array(m * n) };
    expectNear(output(quantizedMatmul, { bindings, params: { m, n, k }, constants }), want);
    const unbiased = output(quantizedMatmul, {
      bindings: { ...bindings, bias: undefined },
      params: { m, n, k },
      constants,
    });
    expectNear(
      unbiased,
      want.map((sum, i) => sum - bias[i % n]),
      1000,
    );
  });

  test('embedding clamps what is outside', () => {
    const { weight, values, elements } = blocks(format, 6);
    const width = 2 * elements;
    const index = Int32Array.of(2, 0, -5, 99, 1);
    const bindings = { weight, index, out: new Float32Array(5 * width) };
    const got = output(quantizedEmbedding, { bindings, params: { rows: 3, width, count: 5 }, constants });
    const rows = [2, 0, 0, 2, 1].map((row) => Array.from(values.subarray(row * width, (row + 1) * width)));
    expect(got).toEqual(rows.flat());
  });
});
