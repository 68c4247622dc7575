/** What the shared op cases leave out of elementwise operations and reductions: integers, bool, scalars. */

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
