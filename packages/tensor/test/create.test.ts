import { describe, expect, it } from 'vitest';
import {
  arange,
  fromBytes,
  full,
  linspace,
  ones,
  randomBits,
  randomNormal,
  randomUniform,
  ropeFrequencies,
  type Tensor,
  type TensorData,
  tensor,
  zeros,
} from '../src/index.js';
import { code, useDevice, valuesOf } from './device.js';

const use = useDevice();

describe('tensors of host values', () => {
  it.each([
    [3, [], 'float32'],
    [true, [], 'bool'],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      'float32',
    ],
    [[[true], [false]], [2, 1], 'bool'],
    [[], [0], 'float32'],
    [[[], []], [2, 0], 'float32'],
    [new Float32Array([1, 2]), [2], 'float32'],
    [new Float64Array([1, 2]), [2], 'float32'],
    [new Int32Array([-1, 2]), [2], 'int32'],
    [new Int8Array([-1, 2]), [2], 'int32'],
    [new Uint32Array([1, 4294967295]), [2], 'uint32'],
    [new Uint8Array([1, 255]), [2], 'uint8'],
  ] as const)('%j', async (data, shape, dtype) => {
    using made = tensor(use.device, data as TensorData);
    expect(made).toMatchObject({ shape, dtype, rank: shape.length });
    expect(await made.toArray()).toEqual(ArrayBuffer.isView(data) ? [...data] : data);
  });

  it('converts to a dtype that is given', async () => {
    using half = tensor(use.device, [1 / 3, 65520, -0.1], undefined, 'float16');
    expect(await half.data()).toEqual(new Float32Array([0.333251953125, Infinity, -0.0999755859375]));
    using whole = tensor(use.device, [1, -2], [2, 1], { dtype: 'int32', label: 'whole' });
    expect(await whole.data()).toEqual(new Int32Array([1, -2]));
    expect(whole.label).toBe('whole');
    using flags = tensor(use.device, [0, 2, Number.NaN], undefined, 'bool');
    expect(await flags.toArray()).toEqual([false, true, true]);
  });

  it('takes float16 bits', async () => {
    using made = tensor(use.device, new Uint16Array([0x3c00, 0xc000]), [2], 'float16');
    expect(await made.toArray()).toEqual([1, -2]);
    expect(await made.bytes()).toEqual(new Uint8Array([0x00, 0x3c, 0x00, 0xc0]));
  });

  it('keeps what the source held at the call', async () => {
    const source = new Float32Array([1, 2]);
    using made = tensor(use.device, source);
    source[0] = 9;
    expect(await made.toArray()).toEqual([1, 2]);
  });

  it.each<[string, TensorData, number[] | undefined, 'int32' | 'uint8' | 'float32' | undefined, string]>([
    ['ragged', [[1], [1, 2]], undefined, undefined, 'INVALID_ARGUMENT'],
    ['mixed depth', [1, [2]], undefined, undefined, 'INVALID_ARGUMENT'],
    ['a fraction as int32', [0.5], undefined, 'int32', 'INVALID_ARGUMENT'],
    ['256 as uint8', [256], undefined, 'uint8', 'INVALID_ARGUMENT'],
    ['NaN as int32', [Number.NaN], undefined, 'int32', 'INVALID_ARGUMENT'],
    ['bits without a dtype', new Uint16Array(1), undefined, undefined, 'INVALID_ARGUMENT'],
    ['bits as float32', new Uint16Array(1), undefined, 'float32', 'INVALID_ARGUMENT'],
    ['too few values', [1, 2], [3], undefined, 'SHAPE_MISMATCH'],
    ['a negative size', [1, 2], [-2, -1], undefined, 'INVALID_ARGUMENT'],
    ['nine axes', [1], [1, 1, 1, 1, 1, 1, 1, 1, 1], undefined, 'LIMIT_EXCEEDED'],
  ])('refuses %s', (_, data, shape, dtype, wanted) => {
    expect(() => tensor(use.device, data, shape, dtype)).toThrow(code(wanted));
  });
});

describe('tensors of a rule', () => {
  it('fills', async () => {
    const { device } = use;
    expect(await valuesOf(device, () => full(device, [3], 2.5))).toEqual([2.5, 2.5, 2.5]);
    expect(await valuesOf(device, () => full(device, [3], -2, { dtype: 'float16' }))).toEqual([-2, -2, -2]);
    expect(await valuesOf(device, () => full(device, [5], 200, { dtype: 'uint8' }))).toEqual(
      Array(5).fill(200),
    );
    expect(await valuesOf(device, () => ones(device, [3], { dtype: 'bool' }))).toEqual([true, true, true]);
    expect(await valuesOf(device, () => zeros(device, [1, 2], { dtype: 'uint32' }))).toEqual([[0, 0]]);
    expect(() => full(device, [3], 0.5, { dtype: 'int32' })).toThrow(code('INVALID_ARGUMENT'));
  });

  it('counts', async () => {
    const { device } = use;
    expect(await valuesOf(device, () => arange(device, 2, 5))).toEqual([2, 3, 4]);
    expect(await valuesOf(device, () => arange(device, 1, 0, { step: -0.25, dtype: 'float32' }))).toEqual([
      1, 0.75, 0.5, 0.25,
    ]);
    expect(await valuesOf(device, () => arange(device, 3, 3))).toEqual([]);
    expect(() => arange(device, 0, 1, { step: 0 })).toThrow(code('INVALID_ARGUMENT'));
    expect(await valuesOf(device, () => linspace(device, 0, 1, 3))).toEqual([0, 0.5, 1]);
    expect(await valuesOf(device, () => linspace(device, 4, 5, 1))).toEqual([4]);
    expect(await valuesOf(device, () => ropeFrequencies(device, 4, 100))).toEqual([1, expect.closeTo(0.1)]);
  });

  it('takes stored bytes', async () => {
    const { device } = use;
    const bytes = new Uint8Array(new Int32Array([7, -8]).buffer);
    expect(await valuesOf(device, () => fromBytes(device, bytes, [2, 1], 'int32'))).toEqual([[7], [-8]]);
    expect(() => fromBytes(device, bytes, [3], 'int32')).toThrow(code('SHAPE_MISMATCH'));
  });
});

describe('random tensors', () => {
  it('depend on seed and offset alone', async () => {
    const { device } = use;
    using made = device.run(() => ({
      whole: randomBits(device, [3, 4], { seed: 7 }),
      rest: randomBits(device, [8], { seed: 7, offset: 1 }),
      other: randomBits(device, [12], { seed: 7n + (1n << 32n) }),
      [Symbol.dispose]() {},
    }));
    const { whole, rest, other } = made;
    const words = await whole.data();
    expect(await rest.data()).toEqual(words.slice(4));
    expect(await other.data()).not.toEqual(words);
    expect(whole.dtype).toBe('uint32');
    for (const each of [whole, rest, other]) each.dispose();
  });

  it('are distributed as they say', async () => {
    const { device } = use;
    const read = async (made: Tensor) => [...(await made.data())];
    using uniform = randomUniform(device, [4096], { seed: 1 });
    using normal = randomNormal(device, [4096], { seed: 1 });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const flat = await read(uniform);
    expect(Math.min(...flat)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...flat)).toBeLessThan(1);
    expect(mean(flat)).toBeCloseTo(0.5, 1);
    const bell = await read(normal);
    expect(mean(bell)).toBeCloseTo(0, 1);
    expect(mean(bell.map((value) => value * value))).toBeCloseTo(1, 0);
  });

  it.each([-1, 0.5, 2 ** 53, 1n << 64n])('refuse the seed %s', (seed) => {
    expect(() => randomBits(use.device, [1], { seed })).toThrow(code('INVALID_ARGUMENT'));
  });
});

describe('reading', () => {
  it('gives one element', async () => {
    using one = tensor(use.device, [[2.5]]);
    using flag = tensor(use.device, false);
    using two = tensor(use.device, [1, 2]);
    expect(await one.item()).toBe(2.5);
    expect(await flag.item()).toBe(false);
    await expect(two.item()).rejects.toEqual(code('SHAPE_MISMATCH'));
  });

  it('can be cancelled', async () => {
    using made = tensor(use.device, [1, 2]);
    await expect(made.data({ signal: AbortSignal.abort() })).rejects.toEqual(code('CANCELLED'));
    expect(await made.data({ signal: new AbortController().signal })).toEqual(new Float32Array([1, 2]));
  });

  it('rejects on a disposed tensor', async () => {
    const made = tensor(use.device, [1, 2]);
    made.dispose();
    await expect(made.data()).rejects.toEqual(code('BUFFER_FREED'));
  });

  it('gives the bytes of the moment of the call', async () => {
    using made = tensor(use.device, [1, 2]);
    const before = made.data();
    use.device.write(made.buffer, new Float32Array([8, 9]));
    expect(await before).toEqual(new Float32Array([1, 2]));
    expect(await made.data()).toEqual(new Float32Array([8, 9]));
  });
});
