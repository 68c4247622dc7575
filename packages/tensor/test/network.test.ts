/** What the shared op cases leave out of products and layers: vectors, mixed dtypes, layouts, caches. */

import { ReplayParam } from '@wick/core';
import { describe, expect, it } from 'vitest';
import * as t from '../src/index.js';
import { useDevice, valuesOf } from './device.js';

const use = useDevice();
const of = (data: t.NestedArray, dtype?: Parameters<typeof t.tensor>[3]) =>
  t.tensor(use.device, data, undefined, dtype);
const count = (...shape: number[]) =>
  t.arange(use.device, 0, t.sizeOf(shape), { dtype: 'float32' }).reshape(shape);
const check = async (fn: () => t.Tensor, wanted: unknown) =>
  expect(await valuesOf(use.device, fn)).toEqual(wanted);

describe('products', () => {
  it('takes vectors as numpy does', async () => {
    await check(() => of([1, 2]).matmul(of([3, 4])), 11);
    await check(
      () =>
        of([1, 2]).matmul(
          of([
            [1, 2, 3],
            [4, 5, 6],
          ]),
        ),
      [9, 12, 15],
    );
    await check(
      () =>
        of([
          [1, 2],
          [3, 4],
        ]).matmul(of([1, 1])),
      [3, 7],
    );
    await check(
      () => count(3, 2, 2).matmul(of([1, 1])),
      [
        [1, 5],
        [9, 13],
        [17, 21],
      ],
    );
    await check(
      () => of([1, 1]).matmul(count(2, 2, 2)),
      [
        [2, 4],
        [10, 12],
      ],
    );
    await check(() => of([1, 2]).matmul(of([[3, 4]]), { transposeB: true }), [11]);
  });

  it('adds a bias, also over folded batches', async () => {
    const bias = () => of([10, 20]);
    await check(
      () =>
        count(2, 1, 2).matmul(
          of([
            [1, 0],
            [0, 1],
          ]),
          { bias: bias() },
        ),
      [[[10, 21]], [[12, 23]]],
    );
    await check(
      () => count(2, 1, 2).matmul(t.ones(use.device, [2, 2, 2]), { bias: bias() }),
      [[[11, 21]], [[15, 25]]],
    );
  });

  it('mixes float32 and float16', async () => {
    using result = use.device.run(() => of([[1, 2]]).linear(of([[3, 4]], 'float16'), of([0.5], 'float16')));
    expect(result.dtype).toBe('float32');
    expect(await result.toArray()).toEqual([[11.5]]);
    await check(
      () =>
        t
          .zeros(use.device, [1, 0], { dtype: 'float16' })
          .matmul(t.zeros(use.device, [0, 1]), { bias: of([3]) }),
      [[3]],
    );
  });

  it('writes out batches that repeat in turn over more than four axes', async () => {
    const a = () => count(2, 1, 2, 1, 2, 1, 1, 1);
    const b = () => count(1, 2, 1, 2, 1, 2, 1, 1);
    const viaProduct = await valuesOf(use.device, () => a().matmul(b()));
    expect(viaProduct).toEqual(await valuesOf(use.device, () => a().mul(b())));
  });

  it('reads quantised weights as their dequantised ones', async () => {
    const { device } = use;
    for (const [format, k] of [
      ['Q8_0', 64],
      ['Q4_0', 64],
      ['Q4_K', 256],
      ['Q6_K', 512],
    ] as const) {
      const bytes = new Uint8Array(t.quantizedBytes(format, [3, k])).map((_, i) => (i * 37) % 53);
      const run = (make: (weight: t.QuantizedTensor<t.Tensor>) => t.Tensor) =>
        valuesOf(device, () => make(t.quantized(device, format, [3, k], bytes)));
      const x = () => count(2, 1, k).mul(1 / k);
      const product = await run((weight) => x().linear(weight, of([1, 2, 3])));
      const wanted = await run((weight) => x().linear(t.dequantize(weight), of([1, 2, 3])));
      const flat = (nested: t.NestedArray) => [nested].flat(3) as number[];
      flat(product).forEach((value, i) => {
        expect(Math.abs(value - flat(wanted)[i])).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(flat(wanted)[i])));
      });
      const rows = await run((weight) => t.embedding(weight, of([2, 0], 'int32')));
      expect(rows).toEqual(await run((weight) => t.dequantize(weight).indexSelect(0, of([2, 0], 'int32'))));
    }
  });
});

describe('networks', () => {
  it('convolves in one dimension', async () => {
    const x = () => of([[[1, 2, 3, 4]]]);
    await check(() => x().conv1d(of([[[1, 1]]]), { padding: [1, 0], bias: of([10]) }), [[[11, 13, 15, 17]]]);
    await check(() => x().conv1d(of([[[1, 1]]]), { stride: 2, dilation: 2 }), [[[4]]]);
    await check(
      () => of([[[1, 2]]]).convTranspose1d(of([[[1, 1]]]), { stride: 2, outputPadding: 1 }),
      [[[1, 1, 2, 2, 0]]],
    );
  });

  it('keeps the first axes of planes', async () => {
    await check(() => count(2, 2).avgPool2d({ kernel: 2 }), [[1.5]]);
    await check(
      () => count(1, 2).upsampleNearest([2, 2]),
      [
        [0, 1],
        [0, 1],
      ],
    );
  });

  it('attends in both layouts alike', async () => {
    const q = () => count(1, 4, 3, 8).sin();
    const k = () => count(1, 2, 5, 8).cos();
    const v = () => count(1, 2, 5, 6).mul(0.1);
    const swap = (x: t.Tensor) => x.transpose(1, 2);
    const options = { causal: true, scale: 0.5 };
    const heads = await valuesOf(use.device, () => swap(q().attention(k(), v(), options)));
    expect(heads).toEqual(
      await valuesOf(use.device, () =>
        swap(q()).attention(swap(k()), swap(v()), { ...options, layout: 'blhd' }),
      ),
    );
  });

  it('attends to the filled part of a cache', async () => {
    const q = () => count(1, 2, 2, 4).sin();
    const k = () => count(1, 2, 5, 4).cos();
    const part = (x: t.Tensor) => x.narrow(2, 0, 3);
    for (const causal of [false, true]) {
      const wanted = await valuesOf(use.device, () => q().attention(part(k()), part(k()), { causal }));
      for (const keyLength of [3, new ReplayParam('keys', 3)]) {
        expect(await valuesOf(use.device, () => q().attention(k(), k(), { causal, keyLength }))).toEqual(
          wanted,
        );
      }
    }
  });

  it('broadcasts masks of any rank', async () => {
    const q = () => count(1, 1, 1, 2);
    const v = () => count(1, 1, 3, 2);
    await check(() => q().attention(v(), v(), { mask: of([false, true, false]) }), [[[[2, 3]]]]);
    await check(() => q().attention(v(), v(), { mask: of([[-Infinity, 0, -Infinity]]) }), [[[[2, 3]]]]);
  });

  it('turns with frequencies of its own, in both layouts, and a part of the head', async () => {
    const x = () => count(1, 2, 3, 8).mul(0.1);
    const positions = () => of([4, 5, 6], 'int32');
    const swap = (y: t.Tensor) => y.transpose(1, 2);
    const wanted = await valuesOf(use.device, () => x().rope(positions(), { theta: 500 }));
    const table = () => t.ropeFrequencies(use.device, 8, 500);
    expect(await valuesOf(use.device, () => x().rope(positions(), { frequencies: table() }))).toEqual(wanted);
    expect(
      await valuesOf(use.device, () =>
        swap(swap(x()).rope(positions(), { frequencies: table(), layout: 'blhd' })),
      ),
    ).toEqual(wanted);
    const partly = () => x().rope(positions(), { frequencies: t.ropeFrequencies(use.device, 4) });
    expect(await valuesOf(use.device, () => partly().narrow(3, 4, 4))).toEqual(
      await valuesOf(use.device, () => x().narrow(3, 4, 4)),
    );
    expect(await valuesOf(use.device, () => partly().narrow(3, 0, 4))).toEqual(
      await valuesOf(use.device, () => x().narrow(3, 0, 4).rope(positions())),
    );
  });

  it('normalises without weights', async () => {
    await check(
      () => of([[3, 4]]).rmsNorm({ eps: 1e-12 }),
      [[3, 4].map((x) => expect.closeTo(x / Math.sqrt(12.5)))],
    );
    await check(
      () => of([[1, 3]]).layerNorm({ eps: 1e-12, weight: of([2, 2], 'float16') }),
      [[expect.closeTo(-2), expect.closeTo(2)]],
    );
    await check(
      () => of([[1], [3]]).batchNorm({ mean: of([1]), variance: of([4]), eps: 1e-12 }),
      [[0], [expect.closeTo(1)]],
    );
  });
});
