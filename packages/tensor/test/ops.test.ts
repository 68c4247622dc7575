/** What the shared op cases leave out: integer dtypes, scalars, rarer shapes of operands. */

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

describe('elementwise', () => {
  it('takes scalars on either side', async () => {
    await check(() => t.sub(10, of([1, 2])), [9, 8]);
    await check(() => t.div(of([1, 2]), 4), [0.25, 0.5]);
    await check(() => t.pow(2, of([3, 4])), [8, 16]);
    await check(() => t.lt(2, of([1, 2, 3])), [false, false, true]);
    await check(() => t.ge(2, of([1, 2, 3])), [true, true, false]);
    await check(() => t.maximum(2, of([1, 2, 3])), [2, 2, 3]);
    await check(() => of([1, 2]).add(new ReplayParam('x', 5)), [6, 7]);
  });

  it('computes with integers', async () => {
    await check(() => of([7, -7], 'int32').div(2), [3, -3]);
    await check(() => t.sub(1, of([5, -5], 'int32')), [-4, 6]);
    await check(() => of([1, 4294967295], 'uint32').eq(4294967295), [false, true]);
    await check(() => of([16777217, -3], 'int32').clamp(-2, 16777217), [16777217, -2]);
    await check(() => of([5, 6], 'uint32').clamp(null, 5), [5, 5]);
    await check(() => of([-5, 6], 'int32').clamp(0, null), [0, 6]);
    await check(() => of([-5, 6], 'int32').clamp(null, null), [-5, 6]);
    await check(() => of([-5, 6], 'int32').abs().neg().sign(), [-1, -1]);
    await check(() => of([3, 4], 'uint8').lt(of([4], 'uint8')), [true, false]);
  });

  it('computes with bool', async () => {
    const a = () => of([true, true, false, false]);
    const b = () => of([true, false, true, false]);
    await check(() => a().logicalAnd(b()), [true, false, false, false]);
    await check(() => a().logicalOr(b()), [true, true, true, false]);
    await check(() => a().logicalXor(b()), [false, true, true, false]);
    await check(() => a().logicalNot(), [false, false, true, true]);
    await check(() => a().eq(b()), [true, false, false, true]);
  });

  it('has the functions without a shared case', async () => {
    await check(() => of([0.5, 1.5, -2.5]).round(), [0, 2, -2]);
    await check(() => of([0.5, -0.5]).ceil(), [1, -0]);
    await check(() => of([3]).square(), [9]);
    await check(() => of([0, 1]).erf(), [0, expect.closeTo(0.8427007)]);
    await check(() => of([0, 100]).softplus(), [expect.closeTo(Math.LN2), 100]);
    await check(() => of([[0, 0]]).logSoftmax(), [[expect.closeTo(-Math.LN2), expect.closeTo(-Math.LN2)]]);
  });

  it('chooses between numbers', async () => {
    const condition = () => of([true, false]);
    await check(() => condition().where(1, 2), [1, 2]);
    await check(
      () => condition().where(of([[5], [6]], 'int32'), 2),
      [
        [5, 2],
        [6, 2],
      ],
    );
    await check(() => t.where(of([0, 7], 'uint8'), of([1, 2]), of([3, 4])), [3, 2]);
    await check(() => condition().where(1, of([8, 9], 'float16')), [1, 9]);
  });

  it('gates', async () => {
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    await check(
      () => of([1, 2]).swiglu(of([3, 4])),
      [1, 2].map((x, i) => expect.closeTo(x * sigmoid(x) * (3 + i))),
    );
    await check(() => of([1]).gated(of([3]), 'sigmoid'), [expect.closeTo(3 * sigmoid(1))]);
    await check(() => of([3, 1]).geglu('silu'), [expect.closeTo(3 * sigmoid(1))]);
  });

  it('gives a share of the memory to a cast that changes nothing', async () => {
    using base = of([1, 2]);
    using same = base.cast('float32');
    expect(t.leaks(use.device)).toHaveLength(1);
    expect(await same.toArray()).toEqual([1, 2]);
  });
});

describe('reductions', () => {
  it('covers prod, integers and float16', async () => {
    await check(
      () =>
        of([
          [1, 2],
          [3, 4],
        ]).prod(0),
      [3, 8],
    );
    await check(() => of([5, -7], 'int32').min(), -7);
    await check(() => of([5, 7], 'uint32').sum(null, { keepdim: true }), [12]);
    await check(() => of([1, 2], 'float16').max(-1), 2);
    await check(
      () => count(2, 2).sum([]),
      [
        [0, 1],
        [2, 3],
      ],
    );
    await check(() => of([1, 2, 3], 'int32').cumsum(0), [1, 3, 6]);
  });

  it('finds indices in the whole tensor', async () => {
    await check(
      () =>
        of([
          [1, 9],
          [3, 4],
        ]).argmax(),
      1,
    );
    await check(
      () =>
        of([
          [1, 9],
          [0, 4],
        ]).argmin(null, { keepdim: true }),
      [[2]],
    );
    await check(() => of([1, Number.NaN, 9]).argmax(0), 1);
  });
});

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

describe('shapes', () => {
  it('joins any number', async () => {
    for (const parts of [1, 2, 4, 5, 6, 9, 17, 21]) {
      const list = () => Array.from({ length: parts }, (_, i) => t.full(use.device, [2, 1 + (i % 2)], i));
      const row = Array.from({ length: parts }, (_, i) => Array(1 + (i % 2)).fill(i)).flat();
      await check(() => t.concat(list(), 1), [row, row]);
    }
    await check(
      () => t.stack([of([1, 2]), of([3, 4])], -1),
      [
        [1, 3],
        [2, 4],
      ],
    );
    await check(() => t.stack([of(1), of(2)]), [1, 2]);
  });

  it('repeats and turns', async () => {
    await check(
      () => of([[1, 2]]).tile([2, 2]),
      [
        [1, 2, 1, 2],
        [1, 2, 1, 2],
      ],
    );
    await check(
      () => of([1, 2]).tile([2, 1]),
      [
        [1, 2],
        [1, 2],
      ],
    );
    await check(
      () => count(2, 2).flip(),
      [
        [3, 2],
        [1, 0],
      ],
    );
    await check(
      () => count(2, 2).flip(1),
      [
        [1, 0],
        [3, 2],
      ],
    );
  });

  it('splits', async () => {
    using whole = count(2, 6);
    const parts = whole.split([1, 0, 5], 1);
    expect(await Promise.all(parts.map((part) => part.toArray()))).toEqual([
      [[0], [6]],
      [[], []],
      [
        [1, 2, 3, 4, 5],
        [7, 8, 9, 10, 11],
      ],
    ]);
    const halves = whole.split(2);
    expect(halves.map((half) => half.shape)).toEqual([
      [1, 6],
      [1, 6],
    ]);
    for (const part of [...parts, ...halves]) part.dispose();
  });

  it('changes axes without a copy', async () => {
    await use.device.idle();
    const before = use.device.stats().work.dispatches;
    const shapes = use.device.scope(() => {
      const x = count(2, 1, 3);
      return [
        x.squeeze(),
        x.squeeze(1),
        x.unsqueeze(-1),
        x.flatten(),
        x.flatten(1),
        x.permute([1, 0, 2]),
        x.transpose(0, 1),
        x.expand([2, 1, 3]),
        x.slice([0]),
        x.narrow(1, 0, 1),
        x.pixelUnshuffle === undefined ? x : x.reshape([-1]),
      ].map(({ shape }) => shape);
    });
    expect(shapes).toEqual([
      [2, 3],
      [2, 3],
      [2, 1, 3, 1],
      [6],
      [2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [2, 1, 3],
      [2, 1, 3],
      [2, 1, 3],
      [6],
    ]);
    await use.device.idle();
    expect(use.device.stats().work.dispatches).toBe(before);
  });

  it('pads integers and bool', async () => {
    await check(() => of([1], 'int32').pad([[1, 1]], { value: -2 }), [-2, 1, -2]);
    await check(() => of([true]).pad([[0, 1]]), [true, false]);
  });

  it('takes rank 8', async () => {
    const shape = [2, 1, 2, 1, 2, 1, 2, 3];
    const order = [7, 5, 3, 1, 6, 4, 2, 0];
    using turned = use.device.run(() => count(...shape).permute(order));
    expect(turned.shape).toEqual(order.map((axis) => shape[axis]));
    await check(
      () =>
        count(...shape)
          .permute(order)
          .permute(order.map((_, i) => order.indexOf(i)))
          .sub(count(...shape))
          .abs()
          .max(),
      0,
    );
  });
});

describe('indexing', () => {
  it('clamps reads and drops writes', async () => {
    const index = () => of([-1, 0, 5], 'int32');
    await check(() => of([1, 2]).gather(0, index()), [1, 1, 2]);
    await check(
      () => count(2, 2).embedding(index()),
      [
        [0, 1],
        [0, 1],
        [2, 3],
      ],
    );
    await check(() => of([1, 2]).scatterAdd(0, index(), of([10, 20, 30])), [21, 2]);
  });

  it('gathers with a shorter index', async () => {
    await check(() => count(3, 3).gather(0, of([[2, 0]], 'int32')), [[6, 1]]);
    await check(
      () => count(2, 3).indexSelect(-1, of([2, 2], 'int32')),
      [
        [2, 2],
        [5, 5],
      ],
    );
    await check(() => count(2, 2).embedding(of(1, 'int32')), [2, 3]);
    await check(() => count(2, 2).embedding(of([1], 'int32'), 'int32'), [[2, 3]]);
  });

  it('writes rows along any axis', async () => {
    using cache = t.zeros(use.device, [1, 3, 2, 1]);
    using rows = count(1, 2, 2, 1);
    cache.writeRows(rows, 1, 1);
    expect(await cache.toArray()).toEqual([
      [
        [[0], [0]],
        [[0], [1]],
        [[2], [3]],
      ],
    ]);
    using column = t.full(use.device, [1, 3, 1, 1], 9);
    cache.writeRows(column, new ReplayParam('position', 0));
    expect(await cache.toArray()).toEqual([
      [
        [[9], [0]],
        [[9], [1]],
        [[9], [3]],
      ],
    ]);
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
