import { describe, expect, it } from 'vitest';
import * as t from '../src/index.js';
import { code, useDevice, valuesOf } from './device.js';

const use = useDevice();
const empty = (...shape: number[]) => t.zeros(use.device, shape);
const index = (...shape: number[]) => t.zeros(use.device, shape, { dtype: 'int32' });

describe('tensors without elements', () => {
  it('take no memory and no commands', async () => {
    const { device } = use;
    await device.idle();
    const before = device.stats();
    using result = device.run(() =>
      empty(0, 3)
        .add(1)
        .exp()
        .matmul(t.zeros(device, [3, 4])),
    );
    expect(await result.data()).toEqual(new Float32Array(0));
    expect(await result.toArray()).toEqual([]);
    const after = device.stats();
    expect(after.work.dispatches).toBe(before.work.dispatches);
    expect(after.buffers.bytes).toBe(before.buffers.bytes);
  });

  it.each<[string, () => t.Tensor, readonly number[]]>([
    ['unary', () => empty(0).silu(), [0]],
    ['broadcast', () => empty(2, 0, 3).mul(empty(1, 3)), [2, 0, 3]],
    ['where', () => empty(0).eq(0).where(1, 2), [0]],
    ['cast', () => empty(0, 2).cast('int32'), [0, 2]],
    ['gated', () => empty(2, 0).swiglu(empty(2, 0)), [2, 0]],
    ['geglu', () => empty(3, 0).geglu(), [3, 0]],
    ['sum of other axes', () => empty(0, 3).sum(1), [0]],
    ['argmax of other axes', () => empty(0, 3).argmax(1), [0]],
    ['cumsum', () => empty(0, 3).cumsum(0), [0, 3]],
    ['softmax', () => empty(2, 0).softmax(), [2, 0]],
    ['layer norm', () => empty(0, 4).layerNorm(), [0, 4]],
    ['layer norm of width 0', () => empty(4, 0).layerNorm(), [4, 0]],
    ['group norm', () => empty(0, 4, 2).groupNorm(2), [0, 4, 2]],
    ['batched product', () => empty(0, 2, 3).matmul(empty(3, 4)), [0, 2, 4]],
    ['linear', () => empty(0, 3).linear(t.zeros(use.device, [5, 3])), [0, 5]],
    ['convolution', () => empty(0, 2, 5, 5).conv2d(t.zeros(use.device, [3, 2, 3, 3])), [0, 3, 3, 3]],
    ['pool', () => empty(0, 4, 4).avgPool2d({ kernel: 2 }), [0, 2, 2]],
    ['upsample', () => empty(0, 2, 2).upsampleNearest([4, 4]), [0, 4, 4]],
    ['permute', () => empty(2, 0, 3).permute([2, 0, 1]), [3, 2, 0]],
    ['reshape', () => empty(0, 6).reshape([2, -1]), [2, 0]],
    ['slice', () => t.ones(use.device, [4]).slice([2], [2]), [0]],
    ['flip', () => empty(0, 2).flip(), [0, 2]],
    ['expand', () => empty(1, 0).expand([3, 0]), [3, 0]],
    ['tile', () => t.ones(use.device, [2]).tile([0]), [0]],
    ['concat', () => t.concat([empty(0, 2), empty(0, 2)]), [0, 2]],
    [
      'pad',
      () =>
        empty(0, 2).pad([
          [0, 0],
          [1, 1],
        ]),
      [0, 4],
    ],
    ['gather', () => empty(0, 3).gather(0, index(0, 3)), [0, 3]],
    ['index select', () => empty(3, 2).indexSelect(0, index(0)), [0, 2]],
    ['embedding', () => t.ones(use.device, [5, 3]).embedding(index(2, 0)), [2, 0, 3]],
    ['rope', () => empty(0, 2, 3, 4).rope(index(3)), [0, 2, 3, 4]],
    ['attention', () => empty(1, 2, 0, 4).attention(empty(1, 2, 3, 4), empty(1, 2, 3, 4)), [1, 2, 0, 4]],
    ['timesteps', () => empty(0).timestepEmbedding(4), [0, 4]],
    ['random', () => t.randomNormal(use.device, [0], { seed: 1 }), [0]],
  ])('%s', async (_, run, shape) => {
    using result = use.device.run(run);
    expect(result.shape).toEqual(shape);
    expect(await result.data()).toHaveLength(0);
  });
});

describe('reductions over no elements', () => {
  it.each<[string, () => t.Tensor, unknown]>([
    ['sum', () => empty(2, 0).sum(1), [0, 0]],
    ['prod', () => empty(2, 0).prod(1), [1, 1]],
    ['mean', () => empty(0).mean(), Number.NaN],
    ['max', () => empty(0).max(), -Infinity],
    ['min', () => empty(0).min(), Infinity],
    ['max of int32', () => index(0).max(), -(2 ** 31)],
    ['min of uint32', () => empty(0).cast('uint32').min(), 2 ** 32 - 1],
    ['max of float16', () => empty(0).cast('float16').max(), -Infinity],
    [
      'a product',
      () => empty(2, 0).matmul(empty(0, 2)),
      [
        [0, 0],
        [0, 0],
      ],
    ],
    [
      'a product with a bias',
      () => empty(2, 0).matmul(empty(0, 2), { bias: t.ones(use.device, [2]) }),
      [
        [1, 1],
        [1, 1],
      ],
    ],
    ['padding', () => empty(0).pad([[1, 1]], { value: 3 }), [3, 3]],
    [
      'attention',
      () => t.ones(use.device, [1, 1, 1, 2]).attention(empty(1, 1, 0, 2), empty(1, 1, 0, 2)),
      [[[[Number.NaN, Number.NaN]]]],
    ],
    ['scatter', () => t.ones(use.device, [2]).scatterAdd(0, index(0), empty(0)), [1, 1]],
    ['concat', () => t.concat([empty(0, 2), t.ones(use.device, [1, 2])]), [[1, 1]]],
  ])('%s', async (_, run, wanted) => {
    expect(await valuesOf(use.device, run)).toEqual(wanted);
  });

  it.each<[string, () => t.Tensor]>([
    ['argmax', () => empty(0).argmax()],
    ['gather', () => empty(0, 3).gather(0, index(1, 3))],
    ['embedding', () => empty(0, 3).embedding(index(1))],
  ])('%s has no answer', (_, run) => {
    expect(() => use.device.run(run)).toThrow(code('INVALID_ARGUMENT'));
  });

  it('writes no rows', async () => {
    using target = t.ones(use.device, [2, 2]);
    using rows = empty(0, 2);
    target.writeRows(rows, 2, 0);
    expect(await target.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});
