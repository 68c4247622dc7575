/**
 * What the planner decided is needed: with any one kind of barrier or fence left out of the step list, the
 * software Metal reports the race by the names of both commands.
 */

import { type BackendFactory, type Device, openDevice, type Step, type Submission } from '@wick/core';
import { afterEach, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import type { MetalBackend } from '../src/backend.js';
import { metal } from '../src/index.js';
import type { MetalOptions } from '../src/options.js';
import { increase, scale } from './helpers/kernels.js';

const noSoftmetal =
  missingMetal() ?? (process.platform === 'linux' ? undefined : 'Metal itself does not report races');

/** A backend whose submissions are changed before it sees them. */
function changed(options: MetalOptions, change: (submission: Submission) => Submission): BackendFactory {
  return {
    name: 'metal',
    open: async () => {
      const backend = await metal(options).open();
      const submit = backend.submit.bind(backend);
      backend.submit = (submission) => submit(change(submission));
      return backend;
    },
  };
}

const without = (drop: (step: Step) => Step | undefined) => (submission: Submission) => ({
  ...submission,
  steps: submission.steps.flatMap((step) => drop(step) ?? []),
});

const size = 4096;
const floats = 4 * size;

/** x[i] of each round is read by the next: read-after-write, and write-after-read of what is reused. */
async function chain(device: Device): Promise<number> {
  const x = device.createBuffer({ byteLength: floats, label: 'x' });
  const out = device.createBuffer({ byteLength: floats, label: 'out' });
  device.run(() => {
    device.fill(x, 0, 'zero');
    device.dispatch(increase, {
      bindings: { x },
      params: { size, amount: 1 },
      grid: [size, 1, 1],
      label: 'first',
    });
    device.dispatch(scale, {
      bindings: { x, out },
      params: { size, factor: 2, add: 0 },
      grid: [size, 1, 1],
      label: 'second',
    });
    device.dispatch(increase, {
      bindings: { x },
      params: { size, amount: 1 },
      grid: [size, 1, 1],
      label: 'third',
    });
  });
  const bytes = await device.read(out);
  await device.idle();
  return new Float32Array(bytes.buffer)[size - 1];
}

/** Two submissions in flight, the second of which reads what the first writes. */
async function twoSubmissions(device: Device): Promise<number> {
  const x = device.createBuffer({ byteLength: floats, label: 'x' });
  const out = device.createBuffer({ byteLength: floats, label: 'out' });
  device.fill(x, 0, 'zero');
  device.dispatch(increase, {
    bindings: { x },
    params: { size, amount: 1 },
    grid: [size, 1, 1],
    label: 'first',
  });
  device.dispatch(scale, {
    bindings: { x, out },
    params: { size, factor: 2, add: 0 },
    grid: [size, 1, 1],
    label: 'second',
  });
  await device.idle();
  // Otherwise the first may have ended, and the host know it, before the second is submitted.
  process.env.SOFTMETAL_LATENCY = '500';
  for (let k = 0; k < 3; k++) {
    device.dispatch(increase, {
      bindings: { x },
      params: { size, amount: 1 },
      grid: [size, 1, 1],
      label: 'third',
    });
    device.flush();
    device.dispatch(scale, {
      bindings: { x, out },
      params: { size, factor: 2, add: 0 },
      grid: [size, 1, 1],
      label: 'fourth',
    });
    device.flush();
  }
  const bytes = await device.read(out);
  await device.idle();
  return new Float32Array(bytes.buffer)[size - 1];
}

/** A copy in a blit encoder between two compute encoders. */
async function blit(device: Device): Promise<number> {
  const x = device.createBuffer({ byteLength: floats, label: 'x' });
  const y = device.createBuffer({ byteLength: floats, label: 'y' });
  const out = device.createBuffer({ byteLength: floats, label: 'out' });
  device.run(() => {
    device.fill(x, 0, 'zero');
    device.dispatch(increase, {
      bindings: { x },
      params: { size, amount: 1 },
      grid: [size, 1, 1],
      label: 'first',
    });
    device.copy(x, y, 'move');
    device.dispatch(scale, {
      bindings: { x: y, out },
      params: { size, factor: 2, add: 0 },
      grid: [size, 1, 1],
      label: 'second',
    });
  });
  const bytes = await device.read(out);
  await device.idle();
  return new Float32Array(bytes.buffer)[size - 1];
}

interface Removal {
  readonly name: string;
  readonly options: MetalOptions;
  readonly work: (device: Device) => Promise<number>;
  readonly expected: number;
  readonly change: (submission: Submission) => Submission;
  readonly said: RegExp;
}

const barrier = (step: Step) => (step.op === 'barrier' ? undefined : step);
const passWait = (step: Step) => (step.op === 'beginPass' ? { ...step, waits: [] } : step);

/** Leaves out the barriers in front of commands of one label. */
const barriersBefore = (label: string) => (submission: Submission) => ({
  ...submission,
  steps: submission.steps.filter((step, i) => {
    const next = submission.steps[i + 1];
    return step.op !== 'barrier' || next === undefined || !('label' in next) || next.label !== label;
  }),
});

const removals: readonly Removal[] = [
  {
    name: 'barriers of read-after-write',
    options: {},
    work: chain,
    expected: 2,
    change: barriersBefore('second'),
    said: /race: .*'(first|second)'.*'(first|second)'/,
  },
  {
    name: 'barriers of write-after-read',
    options: {},
    work: chain,
    expected: 2,
    change: barriersBefore('third'),
    said: /race: .*'(second|third)'.*'(second|third)'/,
  },
  {
    name: 'barriers of write-after-write',
    options: {},
    work: chain,
    expected: 2,
    change: barriersBefore('first'),
    said: /race: .*'(zero|first)'.*'(zero|first)'/,
  },
  { name: 'all barriers', options: {}, work: chain, expected: 2, change: without(barrier), said: /race: / },
  {
    name: 'fences between passes of a submission',
    options: { transfers: 'blit' },
    work: blit,
    expected: 2,
    change: without(passWait),
    said: /race: .*no fence orders/,
  },
  {
    name: 'fences between submissions',
    options: {},
    work: twoSubmissions,
    expected: 8,
    change: (submission) => ({ ...submission, waits: [] }),
    said: /race: .*no fence orders/,
  },
];

describeUnless(noSoftmetal, 'the software Metal', () => {
  afterEach(() => {
    delete process.env.SOFTMETAL_LATENCY;
  });

  it.each(removals)('finds the race without $name', async ({ options, work, change, said }) => {
    const device = await openDevice(changed(options, change));
    await expect(work(device)).rejects.toThrow(said);
    device.destroy();
  });

  it.each(removals)('finds none with $name', async ({ options, work, expected }) => {
    const device = await openDevice(changed(options, (submission) => submission));
    expect(await work(device)).toBe(expected);
    device.destroy();
  });

  it('has a wait for a submission that was never committed wait for everything before it', async () => {
    let backend: MetalBackend | undefined;
    const waits = () => backend?.counters().fenceWaits ?? 0;
    const factory: BackendFactory = {
      name: 'metal',
      open: async () => {
        const opened = (await metal().open()) as MetalBackend;
        backend = opened;
        const submit = opened.submit.bind(opened);
        opened.submit = (submission) => {
          if (JSON.stringify(submission.steps).includes('dropped')) throw new Error('not today');
          return submit(submission);
        };
        return opened;
      },
    };
    const device = await openDevice(factory);
    const x = device.createBuffer({ byteLength: floats, label: 'x' });
    device.fill(x, 0, 'zero');
    await device.idle();
    process.env.SOFTMETAL_LATENCY = '500';
    const before = waits();
    device.fill(x, 1, 'first');
    device.flush();
    device.fill(x, 2, 'dropped');
    device.flush();
    device.fill(x, 3, 'third');
    device.flush();
    await expect(device.idle()).rejects.toThrow('not today');
    // Of 'third' for 'first': it names only 'dropped'.
    expect(waits() - before).toBe(1);
    device.destroy();
  });
});
