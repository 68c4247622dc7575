import {
  type Backend,
  type Completion,
  defineKernel,
  openDevice,
  type Pipeline,
  type Submission,
  WickError,
} from '@wick/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { create } from 'webgpu';
import { webgpu } from '../src/index.js';
import { onNull } from './helpers/hosts.js';
import { increase } from './helpers/kernels.js';

const MIB = 2 ** 20;
/** Kept, because Dawn ends with it. */
const gpu = create(['backend=null']);
const lost = { ok: false, error: { code: 'DEVICE_LOST' } };

/** A submission of one copy, or of one dispatch that binds at `offset`. */
async function submission(backend: Backend, serial: number, offset = 0): Promise<Submission> {
  const allocation = await backend.allocate(1024);
  const kernel = defineKernel({ ...increase, bindings: { x: 'readWrite' }, params: increase.params.spec });
  const request = { key: 'k', kernel, constants: {}, dtypes: ['float32'], specialization: '' } as const;
  const pipeline = await backend.prepare(request);
  return {
    serial,
    label: `s${serial}`,
    steps: [
      { op: 'beginPass', kind: 'compute', pass: 0, label: 'pass', waits: [] },
      {
        op: 'dispatch',
        command: 0,
        label: 'increase',
        pipeline,
        bindings: [{ memory: 0, offset, byteLength: 256 }],
        params: { offset: 0, byteLength: 16 },
        grid: [64, 1, 1],
      },
      { op: 'endPass' },
    ],
    memory: [{ allocation, offset: 0 }],
    params: new Uint8Array(16),
    uploads: [],
    downloads: [],
    waits: [],
  };
}

describe('failures', () => {
  let backend: Backend;
  let gpuDevice: GPUDevice;

  beforeEach(async () => {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('no null adapter');
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      gpuDevice = await requestDevice(descriptor);
      return gpuDevice;
    };
    backend = await webgpu({ adapter }).open();
  });
  afterEach(() => backend.destroy());

  it('of an allocation reject OUT_OF_MEMORY, and a smaller one works then', async () => {
    await backend.allocate(256 * MIB); // the null adapter has 512 MiB
    const second = await backend.allocate(200 * MIB);
    await expect(backend.allocate(100 * MIB)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    await expect(backend.allocate(10 * MIB)).resolves.toMatchObject({ byteLength: 10 * MIB });
    backend.free(second);
    await expect(backend.allocate(100 * MIB)).resolves.toMatchObject({ byteLength: 100 * MIB });
  });

  it('of an allocation empty the pool and are tried again', async () => {
    const device = await openDevice(onNull());
    for (let i = 0; i < 6; i++) {
      const buffer = device.createBuffer({ byteLength: (100 + 20 * i) * MIB });
      device.fill(buffer);
      device.flush();
      buffer.free();
    }
    await device.idle();
    expect(device.stats().memory.allocatedBytes).toBeLessThanOrEqual(512 * MIB);
    await device.close();
  });

  it('of a submission fail that one and no other', async () => {
    const bad = backend.submit(await submission(backend, 1, 4));
    const good = backend.submit(await submission(backend, 2));
    const failed = await bad;
    expect(failed).toMatchObject({ ok: false, error: { code: 'SUBMISSION_FAILED' } });
    expect(await good).toEqual({ ok: true });
  });

  it('settle in serial order', async () => {
    const order: number[] = [];
    const submissions = await Promise.all(
      [1, 2, 3, 4].map((n) => submission(backend, n, n % 2 === 0 ? 4 : 0)),
    );
    await Promise.all(submissions.map((each) => backend.submit(each).then(() => order.push(each.serial))));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('that nothing captured fail the next submission to end', async () => {
    gpuDevice.createBuffer({ size: 4, usage: 0x3 }); // both mappings: invalid, and outside of every scope
    await new Promise((resolve) => setTimeout(resolve, 20));
    const result = await backend.submit(await submission(backend, 1));
    expect(result).toMatchObject({ ok: false, error: { code: 'SUBMISSION_FAILED' } });
    expect(await backend.submit(await submission(backend, 2))).toEqual({ ok: true });
  });

  it('that nothing captured fail what is in flight, and are told by the host too where nothing is', async () => {
    const report = () => {
      let prevented = false;
      const event = {
        error: { message: 'on purpose' },
        preventDefault: () => {
          prevented = true;
        },
      };
      gpuDevice.onuncapturederror?.(event as unknown as GPUUncapturedErrorEvent);
      return prevented ? 'by Wick' : 'by the host';
    };
    const failed = {
      ok: false,
      error: { code: 'SUBMISSION_FAILED', message: expect.stringContaining('on purpose') },
    };
    const [first, second] = [await submission(backend, 1), await submission(backend, 2)];
    const running = backend.submit(first);
    expect(report()).toBe('by Wick');
    expect(await running).toMatchObject(failed);
    expect(report()).toBe('by the host');
    expect(await backend.submit(second)).toMatchObject(failed);
  });

  it.each([
    ['destroyed by its owner', () => backend.destroy()],
    ['lost underneath', () => gpuDevice.destroy()],
  ])('of a device that is %s reach everything that is pending, once', async (_, end) => {
    const next = await submission(backend, 3);
    // The end may meet these while they still allocate or compile: all that counts is that they say so.
    const pending = [1, 2].map(
      async (n): Promise<Completion> => backend.submit(await submission(backend, n)),
    );
    await new Promise((resolve) => setTimeout(resolve, 0));
    const running = backend.submit(next);
    const late = { key: 'late', kernel: increase, constants: {}, specialization: '' };
    const preparing = Promise.resolve(backend.prepare({ ...late, dtypes: ['float32'] }));
    const settled = Promise.allSettled([...pending, preparing]);
    end();
    await expect(backend.lost).resolves.toMatchObject({ reason: 'destroyed' });
    expect(await running).toMatchObject(lost);
    for (const outcome of await settled) expect(outcome).toSatisfy(isLostOrDone);
    await expect(backend.allocate(16)).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    expect(await backend.submit({ ...next, serial: 4 })).toMatchObject(lost);
    backend.free(next.memory[0].allocation);
    backend.destroy();
  });

  it('to open say why', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(webgpu({ gpu: none }).open()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('no null adapter');
    const factory = webgpu({ adapter });
    const first = await factory.open();
    await expect(factory.open()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    first.destroy();
  });

  it('of one device leave another alone', async () => {
    const other = await onNull().open();
    backend.destroy();
    expect(await other.submit(await submission(other, 1))).toEqual({ ok: true });
    other.destroy();
  });
});

function isLostOrDone(outcome: PromiseSettledResult<Completion | Pipeline>): boolean {
  if (outcome.status === 'rejected') return codeOf(outcome.reason) === 'DEVICE_LOST';
  const { value } = outcome;
  return !('ok' in value) || value.ok || value.error.code === 'DEVICE_LOST';
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof WickError ? thrown.code : undefined;
}
