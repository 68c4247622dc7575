/** Two backends run one plan: agreement, and the first command that differs. */

import { cpu } from '@wick/backend-cpu';
import { type BackendFactory, type Device, kernels, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { demanding } from '../../src/harness/demanding.js';
import { shuffled } from '../../src/harness/shuffled.js';
import { type DiffOptions, type Lockstep, lockstep } from '../../src/index.js';
import { lastWorkgroupShort, nanToZero } from '../../src/saboteurs/kernels.js';

const LENGTH = 100;

/** negated = -x, doubled = negated + negated, squared = doubled ^ 2, and a copy of it. */
async function chain(device: Device): Promise<Float32Array> {
  const make = (label: string) => device.createBuffer({ byteLength: 4 * LENGTH, label });
  const x = make('x');
  device.write(
    x,
    Float32Array.from({ length: LENGTH }, (_, i) => Math.sin(i) + 2),
  );
  const result = device.run(() => {
    const unary = (op: string, from: typeof x, to: typeof x) =>
      device.dispatch(kernels.unary, {
        bindings: { x: from, out: to },
        params: { size: LENGTH, alpha: 0, beta: 0 },
        constants: { op },
        grid: [LENGTH, 1, 1],
        label: op,
      });
    const [negated, doubled, squared, copied] = ['negated', 'doubled', 'squared', 'copied'].map(make);
    unary('neg', x, negated);
    device.dispatch(kernels.binary, {
      bindings: { a: negated, b: negated, out: doubled },
      params: { size: LENGTH, shape: [], aStrides: [], bStrides: [] },
      constants: { op: 'add', layout: 'contiguous' },
      grid: [LENGTH, 1, 1],
      label: 'double',
    });
    unary('square', doubled, squared);
    device.copy(squared, copied, 'copy');
    return copied;
  });
  try {
    const { buffer, byteOffset } = await device.read(result);
    return new Float32Array(buffer, byteOffset, LENGTH);
  } finally {
    x.free();
    result.free();
  }
}

async function run(second: BackendFactory, options: DiffOptions = {}): Promise<Lockstep> {
  const both = lockstep(cpu(), second, options);
  const device = await openDevice(both);
  await chain(device).catch(() => {});
  device.destroy();
  return both;
}

const modes = [{ bisect: false }, { bisect: true }];

describe.each(modes)('two backends in lockstep (%o)', (options) => {
  it('agree where they are alike, and the device has the results', async () => {
    const both = lockstep(cpu(), cpu({ scrub: true }), options);
    const device = await openDevice(both);
    const got = await chain(device);
    expect(got[3]).toBeCloseTo((2 * (Math.sin(3) + 2)) ** 2, 4);
    await device.close();
    expect(both.outcome).toMatchObject({ commands: 6, difference: undefined });
  });

  it('find the kernel that is broken, with its inputs and both outputs', async () => {
    const broken = wrapOf(lastWorkgroupShort.wrap);
    const { outcome } = await run(broken(cpu({ scrub: true })), options);
    const { difference } = outcome;
    expect(difference).toMatchObject({
      number: 2,
      label: 'neg',
      kernel: 'unary',
      constants: { op: 'neg' },
      params: { size: LENGTH },
      output: 'out',
      dtype: 'float32',
      index: LENGTH - 1,
      want: -Math.fround(Math.sin(LENGTH - 1) + 2),
      count: 1,
      length: LENGTH,
    });
    expect(difference?.inputs.map(({ name }) => name)).toEqual(['x']);
    expect(difference?.inputs[0].bytes.length).toBe(4 * LENGTH);
    expect(difference?.outputs.map(({ name }) => name)).toEqual(['first.out', 'second.out']);
  });

  it('work where one of them has no shared memory and other alignments', async () => {
    const other = demanding({
      noHostMemory: true,
      transfersInComputePass: [],
      wholeAllocationBindings: true,
      limits: { bindingAlignment: 256 },
    });
    const { outcome } = await run(shuffled(other(cpu()), { seed: 1 }), options);
    expect(outcome).toMatchObject({ commands: 6, difference: undefined });
  });
});

describe('a difference', () => {
  it('that only one later kernel makes is put down to that one', async () => {
    const { outcome } = await run(breaking('square')(cpu()), {});
    expect(outcome.difference).toMatchObject({ number: 4, label: 'square' });
    const bisected = await run(breaking('square')(cpu()), { bisect: true });
    expect(bisected.outcome.difference).toMatchObject({ number: 4, label: 'square' });
  });

  it('within tolerance is none, and the largest is told', async () => {
    const { outcome } = await run(breaking('square', 1e-7)(cpu()), {});
    expect(outcome.difference).toBeUndefined();
    expect(outcome.largest).toMatchObject({ label: 'square' });
    expect(outcome.largest?.share).toBeGreaterThan(0);
  });

  it('of NaN from 0 is one', async () => {
    const both = lockstep(cpu(), wrapOf(nanToZero.wrap)(cpu()));
    const device = await openDevice(both);
    const x = device.createBuffer({ byteLength: 16, label: 'x' });
    device.write(x, new Float32Array([1, Number.NaN, 2, 3]));
    const y = device.createBuffer({ byteLength: 16, label: 'y' });
    device.dispatch(kernels.unary, {
      bindings: { x, out: y },
      params: { size: 4, alpha: 0, beta: 0 },
      constants: { op: 'neg' },
      grid: [4, 1, 1],
    });
    await expect(device.read(y)).rejects.toMatchObject({ code: 'SUBMISSION_FAILED' });
    expect(both.outcome.difference).toMatchObject({ index: 1, got: 0, want: Number.NaN });
    device.destroy();
  });
});

type Wrap = (factory: BackendFactory) => BackendFactory;

function wrapOf(wrap: Wrap | undefined): Wrap {
  if (wrap === undefined) throw new Error('the saboteur wraps nothing');
  return wrap;
}

/** `unary` with one op whose results are too large by a share. */
function breaking(op: string, share = 0.01): Wrap {
  return (factory) => ({
    ...factory,
    async open() {
      const backend = await factory.open();
      const prepare = backend.prepare.bind(backend);
      backend.prepare = (request) => {
        if (request.constants.op !== op) return prepare(request);
        return prepare({
          ...request,
          kernel: {
            ...request.kernel,
            reference({ bindings: { x, out } }) {
              for (let i = 0; i < out.length; i++) out[i] = x[i] * x[i] * (1 + share);
            },
          },
        });
      };
      return backend;
    },
  });
}
