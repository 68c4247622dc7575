import { cpu } from '@wick/backend-cpu';
import { openDevice, sizeClass, WickError } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { type Block, Pool } from '../../src/memory/pool.js';
import { codeOf, errorOf } from '../helpers/errors.js';
import { FakeBackend, type FakeOptions } from '../helpers/fake-backend.js';
import { Work } from '../helpers/work.js';

/** A pool on a backend without a device: the test says what has completed. */
function scenario(options: FakeOptions = {}, maxPooledBytes = 1e9) {
  const backend = new FakeBackend(options);
  const inFlight = { completedSerial: 0, drained: async () => {} };
  const pool = new Pool(backend, maxPooledBytes, () => inFlight);
  const acquire = (byteLength: number) => pool.acquire(byteLength) as Block;
  return { backend, inFlight, pool, acquire };
}

describe('Pool', () => {
  it('takes a block of the size class from the backend', () => {
    const { backend, pool, acquire } = scenario();
    expect(acquire(1000).byteLength).toBe(sizeClass(1000));
    expect(backend.liveBytes).toBe(sizeClass(1000));
    expect(pool.figures).toMatchObject({ allocatedBytes: 1024, pooledBytes: 0, allocations: 1, frees: 0 });
  });

  it('hands a block out again at once, while its last user is in flight', () => {
    const { backend, pool, acquire } = scenario();
    const block = acquire(1000);
    block.lastSerial = 5;
    pool.release(block);
    expect(pool.figures.pooledBytes).toBe(1024);
    expect(acquire(990)).toBe(block);
    expect(pool.figures.pooledBytes).toBe(0);
    expect(backend.allocateCalls).toBe(1);
  });

  it('hands out no block of another class, and none twice', () => {
    const { pool, acquire } = scenario();
    const block = acquire(1024);
    pool.release(block);
    expect(acquire(512)).not.toBe(block);
    expect(acquire(2048)).not.toBe(block);
    expect(acquire(1024)).toBe(block);
    expect(acquire(1024)).not.toBe(block);
  });

  it('keeps no more than its bound, least recently used out first', () => {
    const { backend, pool, acquire } = scenario({}, 2048);
    const blocks = [acquire(1024), acquire(1024), acquire(1024)];
    for (const block of blocks) pool.release(block);
    expect(pool.figures).toMatchObject({ pooledBytes: 2048, allocatedBytes: 2048, frees: 1 });
    expect(backend.live.has(blocks[0].allocation)).toBe(false);
    expect(backend.live.has(blocks[1].allocation)).toBe(true);
  });

  it('trims only what is idle', () => {
    const { backend, inFlight, pool, acquire } = scenario();
    const [done, busy] = [acquire(1024), acquire(1024)];
    [done.lastSerial, busy.lastSerial] = [3, 4];
    inFlight.completedSerial = 3;
    pool.release(busy);
    pool.release(done);
    pool.trim(0);
    expect([...backend.live]).toEqual([busy.allocation]);
    inFlight.completedSerial = 4;
    pool.trim(0);
    expect(backend.live.size).toBe(0);
    expect(pool.figures).toMatchObject({ allocatedBytes: 0, pooledBytes: 0, allocations: 2, frees: 2 });
  });

  it('holds what it took when nothing may be pooled, until its last user is done', () => {
    const { backend, inFlight, pool, acquire } = scenario({}, 0);
    const block = acquire(64);
    block.lastSerial = 1;
    pool.release(block);
    expect(backend.live.size).toBe(1);
    inFlight.completedSerial = 1;
    pool.trim();
    expect(backend.live.size).toBe(0);
  });

  it('remembers the most bytes that it ever held', () => {
    const { pool, acquire } = scenario({}, 0);
    for (const block of [acquire(1024), acquire(1024)]) pool.release(block);
    acquire(64);
    expect(pool.figures.peakAllocatedBytes).toBe(2048);
  });
});

describe('out of memory', () => {
  it('empties the pool, waits for the memory in flight, and tries once more', async () => {
    const { backend, inFlight, pool, acquire } = scenario({ memoryBytes: 2048 });
    const block = acquire(1024);
    block.lastSerial = 1;
    pool.release(block);
    inFlight.drained = async () => {
      inFlight.completedSerial = 1;
    };
    expect((await pool.acquire(2048)).byteLength).toBe(2048);
    expect(backend.liveBytes).toBe(2048);
    expect(backend.allocateCalls).toBe(3);
  });

  it('tells what was asked for, what is live and the limit, after exactly one retry', async () => {
    const { backend, pool, acquire } = scenario({ memoryBytes: 4096 });
    acquire(1024);
    const error = await errorOf(Promise.resolve(pool.acquire(8192)));
    expect(error.code).toBe('OUT_OF_MEMORY');
    for (const figure of ['8192', '1024 live', '0 pooled', `${backend.limits.maxAllocationBytes}`]) {
      expect(error.message).toContain(figure);
    }
    expect(backend.allocateCalls).toBe(3);
  });

  it('passes an error with a code of its own on, and takes any other for a lack of memory', async () => {
    const { backend, pool } = scenario();
    const failures = [new WickError('DEVICE_LOST', 'gone'), new TypeError('a bug in the backend')];
    const codes: string[] = [];
    for (const failure of failures) {
      backend.before.allocate = () => {
        throw failure;
      };
      codes.push((await errorOf(Promise.resolve(pool.acquire(16)))).code);
    }
    expect(codes).toEqual(['DEVICE_LOST', 'OUT_OF_MEMORY']);
  });

  it('of a device: one error, and a smaller request then works', async () => {
    const device = await openDevice(cpu({ memoryBytes: 1 << 16 }));
    const work = new Work(device);
    const large = device.createBuffer({ byteLength: 1 << 17, label: 'large' });
    device.fill(large);
    expect((await errorOf(device.read(large))).code).toBe('OUT_OF_MEMORY');
    large.free();
    expect(await work.read(work.upload([1, 2]))).toEqual([1, 2]);
    expect(device.stats().memory.allocatedBytes).toBe(16);
    await device.close();
  });

  it('of a device: pooled memory makes room before anything fails', async () => {
    const device = await openDevice(cpu({ memoryBytes: 1 << 16 }));
    for (const byteLength of [1 << 15, 1 << 14, 1 << 13, 1 << 16]) {
      const buffer = device.createBuffer({ byteLength });
      device.fill(buffer, 7);
      expect((await device.read(buffer)).byteLength).toBe(byteLength);
      buffer.free();
    }
    expect(device.stats().memory).toMatchObject({ allocatedBytes: 1 << 16, allocations: 4, frees: 3 });
    expect(codeOf(() => device.createBuffer({ byteLength: 2 ** 40 }))).toBe('LIMIT_EXCEEDED');
    await device.close();
  });
});
