/**
 * Kernels in MSL beside the reference, over sizes that leave edges in every tile, vector and SIMD group. The
 * cases of the conformance suite are small; these reach the forms that only larger dispatches take.
 */

import { cpu } from '@wick/backend-cpu';
import {
  type Device,
  type KernelContract,
  kernels,
  openDevice,
  type ParamSpec,
  QUANTIZED_BLOCKS,
  QUANTIZED_FORMATS,
} from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';
import type { MetalOptions } from '../src/options.js';
import {
  type Call,
  disagreement,
  type FloatType,
  numbers,
  outputOf,
  SUMMED,
  type Tolerance,
  TRANSCENDENTAL,
  written,
} from './helpers/agreement.js';

const SIZES = [1, 3, 17, 33, 65, 127, 257];
const TRANSPOSES = [
  { transposeA: false, transposeB: true },
  { transposeA: false, transposeB: false },
  { transposeA: true, transposeB: false },
];
const FLOATS: readonly FloatType[] = ['float32', 'float16'];
/** Compiling a variant on the software Metal takes a second on a busy machine. */
const TIMEOUT = 240_000;

describe('agreement', () => {
  it('sees a wrong element, a missing one, and NaN where there should be a number', () => {
    const tolerance = { rtol: 1e-5, atol: 1e-6 };
    expect(disagreement([1, 2, Number.NaN], [1, 2, Number.NaN], tolerance)).toBeUndefined();
    expect(disagreement([1, 2.0001], [1, 2], tolerance)).toBe('element 1 is 2.0001, not 2');
    expect(disagreement([1], [1, 2], tolerance)).toBe('1 elements, not 2');
    expect(disagreement([Number.NaN], [1], tolerance)).toBe('element 0 is NaN, not 1');
    expect(disagreement([1], [Number.NaN], tolerance)).toBe('element 0 is 1, not NaN');
  });
});

/** What has a form without `simdgroup_matrix` is put to that as well. */
const FORMS: readonly { readonly form: string; readonly options: MetalOptions }[] = [
  { form: 'in MSL', options: {} },
  { form: 'without simdgroup_matrix', options: { matrices: 'plain' } },
];

describe.each(FORMS)('kernels $form', ({ options }) => {
  describeUnless(missingMetal(), 'agree with the reference', () => agreement(options));
});

function agreement(options: MetalOptions): void {
  const onlyProducts = options.matrices === 'plain';
  let reference: Device;
  let device: Device;
  beforeAll(async () => {
    reference = await openDevice(cpu());
    device = await openDevice(metal(options));
  });
  afterAll(async () => {
    await device.close();
    await reference.close();
  });

  async function agree<S extends ParamSpec>(
    kernel: KernelContract<S>,
    call: Call<S>,
    tolerance: Tolerance,
    what: string,
  ): Promise<void> {
    const [got, want] = [await outputOf(device, kernel, call), await outputOf(reference, kernel, call)];
    expect(disagreement(got, want, tolerance), `${kernel.name}, ${what}`).toBeUndefined();
  }

  describe.each(FLOATS)('%s', (dtype) => {
    it.each(dtype === 'float32' ? TRANSPOSES : TRANSPOSES.slice(0, 1))(
      'matmul %o',
      { timeout: TIMEOUT },
      async (constants) => {
        for (const n of [...SIZES, 68]) {
          const [m, k] = [Math.min(n, 68), n];
          await agree(
            kernels.matmul,
            {
              operands: {
                a: numbers(dtype, m * k),
                b: numbers(dtype, k * n, 1),
                bias: numbers('float32', n, 2),
                out: written(dtype, m * n),
              },
              params: {
                m,
                n,
                k,
                batch: 1,
                batchShape: [1, 1, 1, 1],
                aBatchStrides: [],
                bBatchStrides: [],
              },
              constants,
              grid: [n, m, 1],
            },
            SUMMED[dtype],
            `${m} x ${k} x ${n}`,
          );
        }
      },
    );

    if (!onlyProducts) {
      it('softmax, layer norm and sums of rows', { timeout: TIMEOUT }, async () => {
        for (const count of [...SIZES, 1100]) {
          const x = numbers(dtype, 2 * count);
          const out = written(dtype, 2 * count);
          await agree(
            kernels.softmax,
            {
              operands: { x, out },
              params: { outer: 2, count, inner: 1 },
              constants: { log: false },
              grid: [1, 2, 1],
            },
            TRANSCENDENTAL[dtype],
            `${count}`,
          );
          await agree(
            kernels.layerNorm,
            {
              operands: { x, weight: numbers('float32', count, 1), bias: numbers(dtype, count, 2), out },
              params: { rows: 2, width: count, eps: 1e-5 },
              grid: [2, 1, 1],
            },
            SUMMED[dtype],
            `${count}`,
          );
          await agree(
            kernels.reduce,
            {
              operands: { x, out: written(dtype, 2) },
              params: {
                outputs: 2,
                count,
                keptShape: [],
                keptStrides: [],
                reducedShape: [],
                reducedStrides: [],
              },
              constants: { op: 'sum', layout: 'rows' },
              grid: [2, 1, 1],
            },
            SUMMED[dtype],
            `${count}`,
          );
        }
      });
    }

    it.each([false, true])('attention, causal: %s', { timeout: TIMEOUT }, async (causal) => {
      for (const length of SIZES) {
        const [heads, size] = [2, 36];
        const strides = [heads * length * size, length * size, size, 1];
        const elements = heads * length * size;
        await agree(
          kernels.attention,
          {
            operands: {
              q: numbers(dtype, elements),
              k: numbers(dtype, elements, 1),
              v: numbers(dtype, elements, 2),
              out: written(dtype, elements),
            },
            params: {
              batch: 1,
              heads,
              keyHeads: heads,
              queryLength: length,
              keyLength: length,
              size,
              valueSize: size,
              causalOffset: 0,
              scale: 1 / 6,
              qStrides: strides,
              kStrides: strides,
              vStrides: strides,
              outStrides: strides,
              maskStrides: [],
            },
            constants: { causal },
            grid: [length, heads, 1],
          },
          TRANSCENDENTAL[dtype],
          `${length} queries and keys`,
        );
      }
    });

    it('conv2d', { timeout: TIMEOUT }, async () => {
      for (const width of SIZES) {
        await agree(
          kernels.conv2d,
          {
            operands: {
              x: numbers(dtype, 3 * 3 * width),
              weight: numbers(dtype, 9 * 27, 1),
              bias: numbers(dtype, 9, 2),
              out: written(dtype, 9 * 3 * width),
            },
            params: {
              batch: 1,
              channels: 3,
              height: 3,
              width,
              outChannels: 9,
              outHeight: 3,
              outWidth: width,
              kernelHeight: 3,
              kernelWidth: 3,
              strideHeight: 1,
              strideWidth: 1,
              padTop: 1,
              padLeft: 1,
              dilationHeight: 1,
              dilationWidth: 1,
              groups: 1,
            },
            grid: [3 * width, 9, 1],
          },
          SUMMED[dtype],
          `3 x ${width}`,
        );
      }
    });

    if (!onlyProducts) {
      it('gelu', { timeout: TIMEOUT }, async () => {
        for (const size of SIZES) {
          await agree(
            kernels.unary,
            {
              operands: { x: numbers(dtype, size), out: written(dtype, size) },
              params: { size, alpha: 0, beta: 0 },
              constants: { op: 'gelu_erf' },
              grid: [size, 1, 1],
            },
            TRANSCENDENTAL[dtype],
            `${size}`,
          );
        }
      });
    }
  });

  it.each(QUANTIZED_FORMATS)('quantized products of %s', { timeout: TIMEOUT }, async (format) => {
    const { elements, bytes } = QUANTIZED_BLOCKS[format];
    const k = 256;
    for (const n of SIZES) {
      const m = Math.min(n, 17); // few rows, then tiles
      await agree(
        kernels.quantizedMatmul,
        {
          operands: {
            x: numbers('float32', m * k),
            weight: { dtype: 'uint8', values: blocks(n * (k / elements), bytes, format) },
            out: written('float32', m * n),
          },
          params: { m, n, k },
          constants: { format },
          grid: [n, m, 1],
        },
        { rtol: 2e-5, atol: 1e-3 },
        `${m} x ${k} x ${n}`,
      );
    }
  });

  if (!onlyProducts) {
    it('rope at late positions', { timeout: TIMEOUT }, async () => {
      const positions = [0, 1, 4095, 32767];
      await agree(
        kernels.rope,
        {
          operands: {
            x: numbers('float32', 4 * 16),
            positions: { dtype: 'int32', values: positions },
            frequencies: { dtype: 'float32', values: Array.from({ length: 8 }, (_, i) => 10000 ** (-i / 8)) },
            out: written('float32', 4 * 16),
          },
          params: { batch: 1, heads: 1, length: 4, size: 16, rotary: 16, strides: [64, 16, 16, 1] },
          constants: { style: 'half' },
          grid: [16, 4, 1],
        },
        { rtol: 1e-5, atol: 2e-6 },
        'an angle of 32767 radians',
      );
    });
  }

  if (!onlyProducts) {
    it('embeddings of late times', { timeout: TIMEOUT }, async () => {
      await agree(
        kernels.timestepEmbedding,
        {
          operands: {
            t: { dtype: 'float32', values: [999, 500.25, 1, 0] },
            out: written('float32', 4 * 320),
          },
          params: { count: 4, size: 320, shift: 0 },
          constants: { flip: false },
          grid: [160, 4, 1],
        },
        { rtol: 1e-5, atol: 2e-6 },
        'times up to 999',
      );
    });
  }
}

/** Arbitrary quants under scales of about 2^-6. */
function blocks(count: number, bytes: number, format: (typeof QUANTIZED_FORMATS)[number]): number[] {
  const values = Array.from({ length: count * bytes }, (_, i) => (i * 167 + 13) % 256);
  const scales = { Q8_0: [0], Q4_0: [0], Q4_K: [0, 2], Q6_K: [208] }[format];
  for (let block = 0; block < count; block++) {
    for (const at of scales) {
      values[block * bytes + at] = (40 * block) % 256;
      values[block * bytes + at + 1] = 0x24;
    }
  }
  return values;
}
