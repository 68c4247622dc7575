import { ReplayParam } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { compile, type Tensor, tensor, zeros } from '../src/index.js';
import { code, useDevice } from './device.js';

const use = useDevice();
const of = (data: number[], shape: number[] = [data.length]) => tensor(use.device, data, shape);
const free = (...tensors: readonly Tensor[]) => {
  for (const each of tensors) each.dispose();
};

describe('compiled functions', () => {
  it('replay with other tensors and other numbers', async () => {
    const { device } = use;
    using weight = of([1, 2, 3, 4], [2, 2]);
    using twice = compile(device, { x: { shape: [1, 2], dtype: 'float32' } }, ({ x }) => {
      const y = x.matmul(weight);
      return { product: y, scaled: y.mul(new ReplayParam('factor', 1)).add(1) };
    });
    await device.idle();
    const { plans } = device.stats().work;
    for (const factor of [2, 3]) {
      using x = of([factor, 1], [1, 2]);
      const { product, scaled } = twice.run({ x }, { factor });
      expect(await product.toArray()).toEqual([[factor + 3, 2 * factor + 4]]);
      expect(await scaled.toArray()).toEqual([[factor * (factor + 3) + 1, factor * (2 * factor + 4) + 1]]);
      free(product, scaled);
    }
    // Only the uploads of x were planned.
    expect(device.stats().work.plans - plans).toBeLessThanOrEqual(2);
    expect(device.stats().work.replays).toBe(2);
    expect(twice.plan.recording.commands).toHaveLength(3);
  });

  it('take elements of the host', async () => {
    const { device } = use;
    using table = of([10, 20, 30], [3, 1]);
    const ids = { shape: [2], dtype: 'int32', host: true } as const;
    using look = compile(device, { ids }, (inputs) => ({ rows: table.embedding(inputs.ids) }));
    for (const [first, second] of [
      [0, 2],
      [1, 0],
    ]) {
      const { rows } = look.run({ ids: Int32Array.of(first, second) });
      expect(await rows.toArray()).toEqual([[10 * (first + 1)], [10 * (second + 1)]]);
      free(rows);
    }
    using there = tensor(device, Int32Array.of(0, 1));
    for (const bad of [there, Int32Array.of(1), Float32Array.of(1, 2), new Uint32Array(2)]) {
      expect(() => look.run({ ids: bad })).toThrow(code('REPLAY_STALE'));
    }
  });

  it('grow a cache in place', async () => {
    const { device } = use;
    using cache = zeros(device, [1, 1, 4, 2]);
    const position = new ReplayParam('position', 0);
    using step = compile(device, { row: { shape: [1, 1, 1, 2], dtype: 'float32' } }, ({ row }) => {
      cache.writeRows(row, position);
      return { seen: row.attention(cache, cache, { causal: true, keyLength: position.plus(1) }) };
    });
    for (const at of [0, 1, 2]) {
      using row = of([at + 1, 0], [1, 1, 1, 2]);
      const { seen } = step.run({ row }, { position: at });
      const scores = [1, 2, 3].slice(0, at + 1).map((key) => Math.exp((key * (at + 1)) / Math.SQRT2));
      const total = scores.reduce((sum, score) => sum + score, 0);
      const mean = scores.reduce((sum, score, key) => sum + (score / total) * (key + 1), 0);
      expect(await seen.toArray()).toEqual([[[[expect.closeTo(mean, 5), 0]]]]);
      free(seen);
    }
    expect(await cache.toArray()).toEqual([
      [
        [
          [1, 0],
          [2, 0],
          [3, 0],
          [0, 0],
        ],
      ],
    ]);
  });

  it('give tensors of their own, whatever they return', async () => {
    const { device } = use;
    using kept = of([7, 8]);
    using echo = compile(device, { x: { shape: [2, 64], dtype: 'float32' } }, ({ x }) => {
      const y = x.add(1);
      return { y, again: y.reshape([128]), row: y.slice([1]), input: x, outer: kept };
    });
    using x = zeros(device, [2, 64]);
    const results = echo.run({ x });
    expect(Object.values(results).map(({ shape }) => shape)).toEqual([[2, 64], [128], [1, 64], [2, 64], [2]]);
    const sums = device.scope(() => Object.values(results).map((result) => result.sum()));
    expect(await Promise.all(sums.map((sum) => sum.item()))).toEqual([128, 128, 64, 0, 15]);
    free(...sums, ...Object.values(results));
  });

  it('hold results in the scope of the replay', () => {
    const { device } = use;
    using negate = compile(device, { x: { shape: [2], dtype: 'float32' } }, ({ x }) => ({ y: x.neg() }));
    let inside: Tensor | undefined;
    device.scope(() => {
      inside = negate.run({ x: of([1, 2]) }).y;
    });
    expect(inside?.disposed).toBe(true);
  });

  it('refuse what does not fit, naming the input', () => {
    const { device } = use;
    using weight = of([1, 1]);
    const addWeight = compile(device, { x: { shape: [2], dtype: 'float32' } }, ({ x }) => ({
      y: x.add(weight),
    }));
    using x = of([1, 2]);
    const stale = expect.objectContaining({ code: 'REPLAY_STALE', label: 'x' });
    device.scope(() => {
      const gone = of([1, 2]);
      gone.dispose();
      const empty: Record<string, Tensor> = {};
      for (const bad of [of([1, 2, 3]), of([1, 2], [1, 2]), x.cast('int32'), gone, empty.x]) {
        expect(() => addWeight.run({ x: bad })).toThrow(stale);
      }
    });
    weight.dispose();
    expect(() => addWeight.run({ x })).toThrow(code('REPLAY_STALE'));
    addWeight.dispose();
    expect(() => addWeight.run({ x })).toThrow(code('REPLAY_STALE'));
  });

  it('refuse functions that are none', () => {
    const { device } = use;
    const shape = { x: { shape: [2], dtype: 'float32' } } as const;
    const build = (fn: (inputs: { x: Tensor }) => unknown) => () =>
      compile(device, shape, fn as (inputs: Readonly<Record<'x', Tensor>>) => Record<string, Tensor>);
    expect(build(async ({ x }) => ({ y: x.neg() }))).toThrow(code('INVALID_ARGUMENT'));
    expect(build(() => ({ y: 1 }))).toThrow(code('INVALID_ARGUMENT'));
    expect(build(() => undefined)).toThrow(code('INVALID_ARGUMENT'));
    expect(build(({ x }) => ({ y: x.reshape([3]) }))).toThrow(code('SHAPE_MISMATCH'));
    expect(() => compile(device, { x: { shape: [-1], dtype: 'float32' } }, ({ x }) => ({ x }))).toThrow(
      code('INVALID_ARGUMENT'),
    );
  });
});
