/**
 * A program that ends while Metal works. It is bundled and run by `process-end.test.ts`: the first argument
 * says how it ends.
 */

import { Worker } from 'node:worker_threads';
import { metal } from '@wick/backend-metal';
import { openDevice } from '@wick/core';
import { slow } from '../helpers/kernels.js';

/** Rounds that take a second or so in software. */
const ROUNDS = 4_000_000_000;

/** Leaves a submission in flight, and a read that waits for it; resolves when it has begun. */
async function begin(rounds: number): Promise<void> {
  const device = await openDevice(metal());
  const x = device.createBuffer({ byteLength: 16 });
  device.fill(x, 1);
  device.dispatch(slow, { bindings: { x }, params: { rounds: 1 }, grid: [1, 1, 1] });
  await device.read(x); // compiled
  device.dispatch(slow, { bindings: { x }, params: { rounds }, grid: [1, 1, 1] });
  device.flush();
  void device.read(x);
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(`in flight: ${device.stats().work.inFlight > 0}`);
}

const ends: Readonly<Record<string, () => Promise<void>>> = {
  /** Nothing else is left to do: the process ends when the work has ended. */
  natural: async () => {
    await begin(ROUNDS);
    process.exitCode = 3;
  },
  exit: async () => {
    await begin(ROUNDS);
    process.exit(4);
  },
  throw: async () => {
    await begin(ROUNDS);
    setTimeout(() => {
      throw new Error('uncaught on purpose');
    });
  },
  /** The parent interrupts it. */
  wait: async () => {
    await begin(ROUNDS);
    console.log('ready');
  },
  worker: async () => {
    const worker = new Worker(process.argv[1], { argv: ['begin'], stdout: true });
    await new Promise<void>((resolve) => {
      worker.stdout.on('data', (text: Buffer) => {
        process.stdout.write(text);
        if (text.includes('in flight')) resolve();
      });
    });
    await worker.terminate();
    console.log('terminated');
    process.exitCode = 5;
  },
  begin: () => begin(ROUNDS),
  /** The device is destroyed in the middle, and its memory given back. */
  destroy: async () => {
    const device = await openDevice(metal());
    const x = device.createBuffer({ byteLength: 16 });
    device.fill(x, 1);
    device.dispatch(slow, { bindings: { x }, params: { rounds: 1 }, grid: [1, 1, 1] });
    await device.read(x);
    device.dispatch(slow, { bindings: { x }, params: { rounds: ROUNDS }, grid: [1, 1, 1] });
    const reading = device.read(x).catch((error: { code: string }) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 20));
    x.free();
    device.destroy();
    console.log(`read: ${await reading}`);
    process.exitCode = 6;
  },
};

await ends[process.argv[2]]();
