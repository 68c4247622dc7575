/** What becomes of failures of Metal, on the software Metal, which fails on command. */

import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '@wick/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { missingMetal } from '../../../testing/metal.js';
import { metal } from '../src/index.js';
import { increase, scale } from './helpers/kernels.js';

const noSoftmetal =
  missingMetal() ?? (process.platform === 'linux' ? undefined : 'Metal itself does not fail on command');

const size = 4;

/** Fills, and adds 1 under the label `work`. */
function work(device: Device, value = 0) {
  const x = device.createBuffer({ byteLength: 4 * size, label: 'x' });
  device.run(() => {
    device.fill(x, value, 'fill');
    device.dispatch(increase, {
      bindings: { x },
      params: { size, amount: 1 },
      grid: [size, 1, 1],
      label: 'work',
    });
  });
  return x;
}

const read = async (device: Device, x: ReturnType<typeof work>) =>
  new Float32Array((await device.read(x)).buffer)[size - 1];

describeUnless(noSoftmetal, 'Metal', () => {
  let device: Device;

  beforeEach(async () => {
    device = await openDevice(metal());
    expect(await read(device, work(device))).toBe(1);
  });
  afterEach(() => {
    delete process.env.SOFTMETAL_FAIL;
    device.destroy();
  });

  it.each([
    [1, 'SUBMISSION_FAILED'],
    [2, 'SUBMISSION_FAILED'],
    [3, 'SUBMISSION_FAILED'],
    [8, 'OUT_OF_MEMORY'],
    [9, 'SUBMISSION_FAILED'],
  ])('error %i of a command buffer is %s to its reader, and the next one works', async (code, expected) => {
    process.env.SOFTMETAL_FAIL = `commit:1:${code}`;
    const x = work(device);
    await expect(device.read(x)).rejects.toMatchObject({ code: expected, commands: ['fill', 'work'] });
    await expect(device.idle()).rejects.toMatchObject({ code: expected });
    expect(await read(device, work(device))).toBe(1);
  });

  it.each([
    ['access is revoked', 'commit:1:4'],
    ['it is removed', 'remove:1'],
  ])('loses its device when %s', async (_, failure) => {
    process.env.SOFTMETAL_FAIL = failure;
    const x = work(device);
    await expect(device.read(x)).rejects.toMatchObject({ code: 'DEVICE_LOST' });
    await expect(device.lost).resolves.toMatchObject({ reason: 'lost' });
    expect(() => work(device)).toThrow(expect.objectContaining({ code: 'DEVICE_LOST' }));
    x.free();
  });

  it('that has no room says so after a second try, and goes on', async () => {
    process.env.SOFTMETAL_FAIL = 'allocation:1,allocation:2';
    const large = device.createBuffer({ byteLength: 2 ** 20, label: 'large' });
    device.fill(large, 0);
    await expect(device.read(large)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
    delete process.env.SOFTMETAL_FAIL;
    expect(await read(device, work(device))).toBe(1);
  });

  it('that does not compile a kernel once compiles it the next time', async () => {
    process.env.SOFTMETAL_FAIL = 'library:1';
    const use = () => {
      const x = work(device);
      const out = device.createBuffer({ byteLength: 4 * size });
      device.dispatch(scale, {
        bindings: { x, out },
        params: { size, factor: 2, add: 1 },
        grid: [size, 1, 1],
      });
      return read(device, out);
    };
    await expect(use()).rejects.toMatchObject({ code: 'KERNEL_COMPILE_FAILED', label: 'test.scale' });
    expect(await use()).toBe(3);
  });

  describe('captures', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'wick-gputrace-'));
      process.env.MTL_CAPTURE_ENABLED = '1';
    });
    afterEach(async () => {
      delete process.env.MTL_CAPTURE_ENABLED;
      await rm(folder, { recursive: true });
    });

    it('what is between start and stop', async () => {
      const path = join(folder, 'run.gputrace');
      await device.startCapture(path);
      const x = work(device);
      await device.stopCapture();
      expect(existsSync(path)).toBe(true);
      expect(await readdir(path)).not.toEqual([]);
      expect(await read(device, x)).toBe(1);
    });

    it.each([
      ['a path that is not absolute', 'run.gputrace', 'absolute'],
      ['another ending', '/tmp/run.trace', '.gputrace'],
      ['a folder that is missing', '/tmp/no such folder/run.gputrace', 'no folder'],
    ])('not into %s', async (_, path, reason) => {
      await expect(device.startCapture(path)).rejects.toMatchObject({
        code: 'CAPTURE_FAILED',
        message: expect.stringContaining(reason),
      });
      expect(await read(device, work(device))).toBe(1);
    });

    it('not over what exists, not twice, and does not stop what was not started', async () => {
      const path = join(folder, 'run.gputrace');
      await expect(device.stopCapture()).rejects.toMatchObject({ code: 'CAPTURE_FAILED' });
      await device.startCapture(path);
      await expect(device.startCapture(join(folder, 'b.gputrace'))).rejects.toMatchObject({
        message: expect.stringContaining('is running'),
      });
      await device.stopCapture();
      await expect(device.startCapture(path)).rejects.toMatchObject({
        message: expect.stringContaining('exists already'),
      });
    });

    it('not without the environment variable, which it names', async () => {
      delete process.env.MTL_CAPTURE_ENABLED;
      await expect(device.startCapture(join(folder, 'run.gputrace'))).rejects.toMatchObject({
        code: 'CAPTURE_FAILED',
        message: expect.stringContaining('MTL_CAPTURE_ENABLED'),
      });
    });

    it('not where the destination is not supported', async () => {
      process.env.SOFTMETAL_FAIL = 'capture';
      await expect(device.startCapture(join(folder, 'run.gputrace'))).rejects.toMatchObject({
        code: 'CAPTURE_FAILED',
        message: expect.stringContaining('does not support'),
      });
      expect(await read(device, work(device))).toBe(1);
    });
  });

  it('holds nothing after thousands of submissions', { timeout: 120_000 }, async () => {
    const rounds = Number(process.env.WICK_METAL_ROUNDS ?? 10_000);
    const x = work(device);
    const plan = device.compile({ x: 4 * size }, (inputs) => {
      const out = device.createBuffer({ byteLength: 4 * size });
      device.dispatch(scale, {
        bindings: { x: inputs.x, out },
        params: { size, factor: 2, add: 1 },
        grid: [size, 1, 1],
      });
      return { out };
    });
    const some = async (count: number) => {
      for (let k = 0; k < count; k++) {
        plan.run({ x }).out.free();
        if (k % 100 === 0) await device.idle();
      }
      await device.idle();
    };
    await some(200);
    const before = process.memoryUsage.rss();
    const { objectsMade } = device.stats().backend;
    await some(rounds);
    expect(device.stats().backend.objectsMade - objectsMade).toBe(0);
    // AddressSanitizer keeps what is freed for a while.
    if (process.env.WICK_METAL_ADDON?.includes('sanitize')) return;
    // A kilobyte a submission would be a leak of command buffers or encoders.
    expect(process.memoryUsage.rss() - before).toBeLessThan(8 * 2 ** 20 + 1024 * rounds);
  });
});
