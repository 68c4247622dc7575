import { type Completion, kernels, WickError } from '@wick/core';
import { describe, expect, test, vi } from 'vitest';
import { CpuBackend, cpu } from '../src/backend.js';
import type { Executor } from '../src/executor.js';
import factory, { CPU_LIMITS } from '../src/index.js';
import { hostKernel, Recording } from './submissions.js';

const OK: Completion = { ok: true };
const codeOf = (completion: Completion) => (completion.ok ? 'ok' : completion.error.code);

/** A submission that runs `work` on the host. */
function hostWork(backend: CpuBackend, label: string, work: () => void): Recording {
  const recording = new Recording(backend);
  const out = recording.range(backend.allocate(16));
  return recording.dispatch(label, hostKernel('test.host', work), [out]);
}

/** A matrix product that takes some time, in one dispatch. */
function longWork(backend: CpuBackend, size: number): Recording {
  const recording = new Recording(backend);
  const [a, b, out] = [0, 1, 2].map(() => recording.range(backend.allocate(4 * size * size)));
  const values = {
    m: size,
    n: size,
    k: size,
    batch: 1,
    batchShape: [1, 1, 1, 1],
    aBatchStrides: [],
    bBatchStrides: [],
  };
  const constants = { transposeA: false, transposeB: true };
  return recording.dispatch('long', kernels.matmul, [a, b, undefined, out], values, constants);
}

describe('opening', () => {
  test('under its name, with the limits that were asked for', async () => {
    expect(cpu().name).toBe('cpu');
    expect(factory.name).toBe('cpu');
    const backend = await cpu({ limits: { maxAllocationBytes: 64 } }).open();
    expect(backend.info.name).toBe('cpu');
    expect(backend.limits).toEqual({ ...CPU_LIMITS, maxAllocationBytes: 64 });
    expect(backend.capabilities).toMatchObject({
      explicitBarriers: true,
      explicitWaits: true,
      float16: true,
    });
  });

  test.each([
    ['unknown', { memory: 100 }, 'memory'],
    ['of Object.prototype', { constructor: 1 }, 'constructor'],
    ['a size that is a text', { memoryBytes: '100' }, 'memoryBytes'],
    ['a size of NaN', { memoryBytes: Number.NaN }, 'memoryBytes'],
    ['a text for yes', { scrub: 'yes' }, 'scrub'],
    ['a limit that there is not', { limits: { maxBuffers: 1 } }, 'limits'],
    ['a limit that is a text', { limits: { maxBindings: '4' } }, 'limits'],
    ['no executor', { executor: 'fast' }, 'executor'],
  ])('with an option that is %s is refused, naming it', async (_, options, name) => {
    const error = expect.objectContaining({
      code: 'BAD_CONFIG',
      message: expect.stringContaining(`"${name}"`),
    });
    await expect(cpu(options as never).open()).rejects.toEqual(error);
  });

  test('takes options that are left undefined', async () => {
    (await cpu({ memoryBytes: undefined, limits: undefined } as never).open()).destroy();
  });

  test('twice gives two devices', async () => {
    const [first, second] = [new CpuBackend(), new CpuBackend()];
    first.destroy();
    expect(await hostWork(second, 'work', () => {}).submit(1)).toEqual(OK);
  });
});

describe('memory', () => {
  test('beyond the limit is refused; a smaller allocation and one after a free work', () => {
    const backend = new CpuBackend({ memoryBytes: 100 });
    const first = backend.allocate(64);
    expect(() => backend.allocate(48)).toThrow(expect.objectContaining({ code: 'OUT_OF_MEMORY' }));
    backend.allocate(32);
    backend.free(first);
    expect(backend.allocate(64).byteLength).toBe(64);
  });

  test('what the host refuses is out of memory too', () => {
    const refused = expect.objectContaining({ code: 'OUT_OF_MEMORY', cause: expect.any(RangeError) });
    expect(() => new CpuBackend().allocate(2 ** 52)).toThrow(refused);
  });

  test('freed memory cannot be read, and counts once', () => {
    const backend = new CpuBackend({ memoryBytes: 16 });
    const allocation = backend.allocate(16);
    backend.free(allocation);
    backend.free(allocation);
    expect(() => backend.hostMemory.read(allocation, 0, 16)).toThrow(WickError);
    backend.allocate(16);
    expect(() => backend.allocate(16)).toThrow(WickError);
  });

  test('is zero, or NaN where it is scrubbed', () => {
    const read = (backend: CpuBackend) => backend.hostMemory.read(backend.allocate(16), 4, 4);
    expect(read(new CpuBackend())).toEqual(new Uint8Array(4));
    expect(new Float32Array(read(new CpuBackend({ scrub: true })).buffer)).toEqual(
      Float32Array.of(Number.NaN),
    );
  });

  test('a host read is a copy of the range', async () => {
    const backend = new CpuBackend();
    const allocation = backend.allocate(32);
    const recording = new Recording(backend);
    recording.upload(recording.range(allocation, 8, 16), Int32Array.of(1, 2, 3, 4));
    await recording.submit(1);
    const copy = backend.hostMemory.read(allocation, 12, 8);
    expect(Array.from(new Int32Array(copy.buffer))).toEqual([2, 3]);
    copy.fill(9);
    expect(Array.from(new Int32Array(backend.hostMemory.read(allocation, 12, 8).buffer))).toEqual([2, 3]);
  });
});

describe('submissions', () => {
  test('nothing runs before submit returns; all run and settle in order', async () => {
    const backend = new CpuBackend();
    const seen: string[] = [];
    const work = [1, 2, 3].map((serial) => hostWork(backend, 'work', () => seen.push(`run ${serial}`)));
    const done = work.map((recording, i) => recording.submit(i + 1).then(() => seen.push(`done ${i + 1}`)));
    expect(seen).toEqual([]);
    await Promise.all(done);
    expect(seen.filter((entry) => entry.startsWith('run'))).toEqual(['run 1', 'run 2', 'run 3']);
    expect(seen.filter((entry) => entry.startsWith('done'))).toEqual(['done 1', 'done 2', 'done 3']);
    expect(seen.indexOf('run 1')).toBeLessThan(seen.indexOf('done 1'));
  });

  test('an empty one completes', async () => {
    expect(await new Recording(new CpuBackend()).submit(1)).toEqual(OK);
  });

  test('parameters are copied when submit returns', async () => {
    const backend = new CpuBackend();
    const recording = new Recording(backend);
    const out = backend.allocate(16);
    const bindings = [recording.range(backend.allocate(16)), recording.range(out)];
    recording.dispatch(
      'add',
      kernels.binaryScalar,
      bindings,
      { size: 4, scalar: 7, integer: 0 },
      { op: 'add', reversed: false },
    );
    const submission = recording.submission(1);
    const completion = backend.submit(submission);
    submission.params.fill(0);
    await completion;
    expect(new Float32Array(backend.hostMemory.read(out, 0, 16).buffer)).toEqual(Float32Array.of(7, 7, 7, 7));
  });

  test('a kernel that throws fails its submission with label and step; later ones work', async () => {
    const backend = new CpuBackend();
    const recording = hostWork(backend, 'fine', () => {});
    const cause = new Error('no');
    const failing = hostKernel('test.fail', () => {
      throw cause;
    });
    recording.dispatch('doomed', failing, [recording.range(backend.allocate(16))]);
    const never = vi.fn();
    recording.dispatch('never', hostKernel('test.never', never), [recording.range(backend.allocate(16))]);
    const [failed, later] = await Promise.all([
      recording.submit(1),
      hostWork(backend, 'later', () => {}).submit(2),
    ]);
    const error = expect.objectContaining({
      code: 'SUBMISSION_FAILED',
      label: 'doomed',
      commands: ['doomed'],
      cause,
    });
    expect(failed).toEqual({ ok: false, error, step: 2 });
    expect(never).not.toHaveBeenCalled();
    expect(later).toEqual(OK);
  });

  test('memory that was freed fails the step that uses it', async () => {
    const backend = new CpuBackend();
    const allocation = backend.allocate(16);
    const recording = new Recording(backend);
    recording.download(recording.range(allocation));
    backend.free(allocation);
    const completion = await recording.submit(1);
    expect(completion).toMatchObject({
      ok: false,
      error: { code: 'SUBMISSION_FAILED', label: 'download' },
      step: 1,
    });
  });

  test('a long kernel lets timers run', async () => {
    const backend = new CpuBackend();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const start = performance.now();
    expect(await longWork(backend, 512).submit(1)).toEqual(OK);
    const time = performance.now() - start;
    clearInterval(timer);
    expect(time).toBeGreaterThan(60);
    // 50 ms where the machine is idle; test runs share it.
    expect(longest).toBeLessThan(Math.max(50, time / 2));
  });

  test('a chain of short ones lets timers run', async () => {
    const backend = new CpuBackend();
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const start = performance.now();
    for (let serial = 1; performance.now() - start < 50; serial++)
      await hostWork(backend, 'short', () => {}).submit(serial);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);
  });
});

describe('destroy', () => {
  test('in flight: every pending submission settles once, in order, and nothing is written after', async () => {
    const backend = new CpuBackend();
    const settled: string[] = [];
    const after = vi.fn();
    const submissions = [
      longWork(backend, 512),
      hostWork(backend, 'after', after),
      hostWork(backend, 'after', after),
    ];
    const all = submissions.map((recording, i) =>
      recording.submit(i + 1).then((completion) => settled.push(`${i + 1} ${codeOf(completion)}`)),
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    backend.destroy();
    backend.destroy();
    await Promise.all(all);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(settled).toEqual(['1 DEVICE_LOST', '2 DEVICE_LOST', '3 DEVICE_LOST']);
    expect(after).not.toHaveBeenCalled();
    expect(await backend.lost).toMatchObject({ reason: 'destroyed' });
  });

  test('from inside a kernel', async () => {
    const backend = new CpuBackend();
    const never = vi.fn();
    const recording = hostWork(backend, 'suicide', () => backend.destroy());
    recording.dispatch('never', hostKernel('test.never', never), [recording.range(backend.allocate(16))]);
    expect(codeOf(await recording.submit(1))).toBe('DEVICE_LOST');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(never).not.toHaveBeenCalled();
  });

  test('afterwards memory can be freed, and nothing else be done', async () => {
    const backend = new CpuBackend();
    const allocation = backend.allocate(16);
    const recording = hostWork(backend, 'late', () => {});
    backend.destroy();
    backend.free(allocation);
    expect(codeOf(await recording.submit(1))).toBe('DEVICE_LOST');
    expect(() => backend.allocate(16)).toThrow(expect.objectContaining({ code: 'DEVICE_LOST' }));
  });
});

describe('an executor of its own', () => {
  test('may overlap submissions; they settle in serial order', async () => {
    const seen: string[] = [];
    // The first submission waits for the second to have ended.
    const executor: Executor = async ({ serial }, host) => {
      if (serial === 1) await host.pause();
      await host.ended(serial === 1 ? 2 : 0);
      seen.push(`end ${serial}`);
    };
    const backend = new CpuBackend({ executor });
    const submit = (serial: number) =>
      new Recording(backend).submit(serial).then(() => seen.push(`settle ${serial}`));
    await Promise.all([submit(1), submit(2)]);
    expect(seen).toEqual(['end 2', 'end 1', 'settle 1', 'settle 2']);
  });

  test('that throws fails its submission', async () => {
    const backend = new CpuBackend({ executor: () => Promise.reject(new Error('broken')) });
    expect(await new Recording(backend).submit(1)).toMatchObject({ error: { code: 'SUBMISSION_FAILED' } });
  });

  test('is stopped by destroy wherever it waits', async () => {
    const ends: unknown[] = [];
    const executor: Executor = async (_, host) => {
      try {
        for (;;) await host.pause();
      } catch (thrown) {
        ends.push(thrown);
        throw thrown;
      }
    };
    const backend = new CpuBackend({ executor });
    const completion = new Recording(backend).submit(1);
    setTimeout(() => backend.destroy(), 5);
    expect(codeOf(await completion)).toBe('DEVICE_LOST');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(ends).toEqual([expect.objectContaining({ code: 'DEVICE_LOST' })]);
  });
});
