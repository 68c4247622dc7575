import { cpu } from '@wick/backend-cpu';
import { type Device, type DispatchCall, defineKernel, kernels, openDevice } from '@wick/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, errorOf, rejection } from '../helpers/errors.js';
import { fakeDevice, Work } from '../helpers/work.js';

const kernel = defineKernel({
  name: 'test.bindings',
  bindings: {
    x: { access: 'read', dtypes: ['float32', 'float16'] },
    mask: { access: 'read', dtypes: ['bool'], optional: true },
    out: 'write',
  },
  params: { n: 'u32' },
  constants: { op: ['neg', 'abs'], tag: 'any' },
  reference({ bindings, params, constants }) {
    const sign = constants.op === 'neg' ? -1 : 1;
    for (let i = 0; i < params.n; i++) bindings.out[i] = sign * bindings.x[i];
  },
});

let device: Device;
let good: DispatchCall<{ n: 'u32' }>;
beforeEach(async () => {
  device = await openDevice(cpu({ limits: { maxBindings: 3 } }));
  const x = device.createBuffer({ byteLength: 16, label: 'x' });
  device.write(x, Float32Array.of(1, 2, 3, 4));
  const out = device.createBuffer({ byteLength: 16, label: 'out' });
  good = { bindings: { x, out }, params: { n: 4 }, constants: { op: 'neg', tag: 'a' }, grid: [4, 1, 1] };
  return () => device.close();
});

const bad: readonly [string, (call: typeof good) => object][] = [
  ['a missing binding', ({ bindings }) => ({ bindings: { out: bindings.out } })],
  ['an unknown binding', ({ bindings }) => ({ bindings: { ...bindings, y: bindings.x } })],
  [
    'a dtype that the binding does not take',
    ({ bindings }) => ({
      bindings: { ...bindings, x: { buffer: bindings.x, dtype: 'int32' } },
    }),
  ],
  ['a missing parameter', () => ({ params: {} })],
  ['missing parameters', () => ({ params: undefined })],
  ['a missing constant', () => ({ constants: { op: 'neg' } })],
  ['a constant that is not offered', () => ({ constants: { op: 'sqrt', tag: 'a' } })],
  ['an unknown constant', () => ({ constants: { op: 'neg', tag: 'a', mode: 'fast' } })],
];

describe('a dispatch that does not fit its contract', () => {
  it.each(bad)('is refused: %s', (_, change) => {
    const call = { ...good, ...change(good) } as typeof good;
    expect(codeOf(() => device.dispatch(kernel, call))).toBe('INVALID_ARGUMENT');
  });

  it.each(bad)('is refused also when the same variant was used before: %s', async (_, change) => {
    device.dispatch(kernel, good);
    const call = { ...good, ...change(good) } as typeof good;
    expect(codeOf(() => device.dispatch(kernel, call))).toBe('INVALID_ARGUMENT');
    expect([...new Float32Array((await device.read(good.bindings.out as never)).buffer)]).toEqual([
      -1, -2, -3, -4,
    ]);
  });

  it('is refused where it has more bindings than the backend takes', () => {
    const many = defineKernel({
      name: 'test.many',
      bindings: { a: 'readWrite', b: 'readWrite', c: 'readWrite', d: 'readWrite' },
      reference() {},
    });
    const { x } = good.bindings;
    expect(
      codeOf(() => device.dispatch(many, { bindings: { a: x, b: x, c: x, d: x }, grid: [1, 1, 1] })),
    ).toBe('LIMIT_EXCEEDED');
  });

  it('leaves the recording as it was, parameters included', async () => {
    device.dispatch(kernel, good);
    for (const [, change] of bad)
      codeOf(() => device.dispatch(kernel, { ...good, ...change(good) } as typeof good));
    const again = device.createBuffer({ byteLength: 16 });
    const call = {
      ...good,
      bindings: { x: good.bindings.x, out: again },
      constants: { op: 'abs', tag: 'a' },
    };
    device.dispatch(kernel, call);
    expect([...new Float32Array((await device.read(again)).buffer)]).toEqual([1, 2, 3, 4]);
  });
});

describe('variants', () => {
  it('are told apart by every dtype and constant, whatever characters these hold', async () => {
    const { backend, device: fake, work } = await fakeDevice({ automatic: true });
    const free = defineKernel({
      name: 'test.free',
      bindings: { x: { access: 'readWrite', dtypes: ['uint32', 'int32'] } },
      constants: { a: 'any', b: 'any' },
      reference() {},
    });
    const buffer = work.upload([1]);
    const constants = [
      { a: 'x;y', b: 'z' },
      { a: 'x', b: 'y;z' },
      { a: 1, b: 'true' },
      { a: '1', b: true },
    ];
    for (const each of constants)
      fake.dispatch(free, { bindings: { x: buffer }, constants: each, grid: [1, 1, 1] });
    const x = { buffer, dtype: 'int32' } as const;
    fake.dispatch(free, { bindings: { x }, constants: constants[0], grid: [1, 1, 1] });
    await fake.idle();
    expect(backend.prepareCalls).toBe(5);
    const keys = backend.submissions.flatMap(({ submission }) =>
      submission.steps.flatMap((step) => (step.op === 'dispatch' ? [step.pipeline.label] : [])),
    );
    expect(new Set(keys).size).toBe(5);
  });

  it('of two kernels with one name are different', async () => {
    const { backend, device: fake, work } = await fakeDevice({ automatic: true });
    const make = (value: number) =>
      defineKernel({
        name: 'test.same',
        bindings: { x: { access: 'write', dtypes: ['uint32'] } },
        reference({ bindings }) {
          bindings.x.fill(value);
        },
      });
    const [a, b] = [work.empty(1), work.empty(1)];
    fake.dispatch(make(1), { bindings: { x: a }, grid: [1, 1, 1] });
    fake.dispatch(make(2), { bindings: { x: b }, grid: [1, 1, 1] });
    expect([await work.read(a), await work.read(b)]).toEqual([[1], [2]]);
    expect(backend.prepareCalls).toBe(2);
  });
});

describe('a kernel that cannot be prepared', () => {
  it('is KERNEL_UNSUPPORTED where the backend has no source, naming kernel and backend', async () => {
    const foreign = defineKernel({
      name: 'test.foreign',
      bindings: { out: 'write' },
      sources: { webgpu: { wgsl: 'fn main() {}' } },
    });
    const out = device.createBuffer({ byteLength: 16 });
    device.dispatch(foreign, { bindings: { out }, grid: [4, 1, 1] });
    const error = await errorOf(device.read(out));
    expect(error.code).toBe('KERNEL_UNSUPPORTED');
    for (const word of ['test.foreign', 'cpu']) expect(error.message).toContain(word);
    expect(await rejection(device.idle())).toBe('KERNEL_UNSUPPORTED');
  });

  it('is tried again the next time: a failure is not cached', async () => {
    const { backend, device: fake, work } = await fakeDevice({ automatic: true });
    backend.before.prepare = () => {
      throw new Error('the compiler is out to lunch');
    };
    const x = work.upload([1]);
    await fake.idle();
    const y = work.add(x, 1);
    expect(await rejection(fake.read(y))).toBe('KERNEL_COMPILE_FAILED');
    delete backend.before.prepare;
    expect(await work.read(work.add(x, 1))).toEqual([2]);
  });

  it('does not keep the ops of the catalogue from working', async () => {
    const work = new Work(device);
    const a = device.createBuffer({ byteLength: 8 });
    device.write(a, Float32Array.of(4, 9));
    const out = device.createBuffer({ byteLength: 8 });
    const params = Object.fromEntries(
      kernels.unary.params.fields.map(({ name, type }) => [name, type === 'f32' ? 0 : 2]),
    );
    const call = { bindings: { x: a, out }, params, constants: { op: 'sqrt' }, grid: [2, 1, 1] };
    device.dispatch(kernels.unary, call as never);
    expect([...new Float32Array((await work.device.read(out)).buffer)]).toEqual([2, 3]);
  });
});
