/** What the shared op cases leave out of shapes and indexing: rarer operands, and what is not copied. */

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
    using whole = use.device.scope(() => count(2, 6));
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
        x.reshape([-1]),
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
    using rows = use.device.scope(() => count(1, 2, 2, 1));
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
