/**
 * A program that ends in the middle of its work. It is bundled and run by `process-end.test.ts`:
 * the first argument says how it ends, and every step of its way is a line on standard output.
 */

import { Worker } from 'node:worker_threads';
import { cpu } from '@wick/backend-cpu';
import { defineKernel, openDevice } from '@wick/core';

/** Takes some milliseconds for each dispatch. */
const slow = defineKernel({
  name: 'test.slow',
  bindings: { x: { access: 'readWrite', dtypes: ['uint32'] } },
  reference({ bindings }) {
    const until = performance.now() + 5;
    while (performance.now() < until) bindings.x[0]++;
  },
});

/** Leaves work for `milliseconds` in flight, and a read that waits for it; resolves when it has begun. */
async function begin(milliseconds: number): Promise<void> {
  const device = await openDevice(cpu({ limits: { maxCommandsPerSubmission: 4 } }));
  const x = device.createBuffer({ byteLength: 4 });
  device.fill(x, 1);
  await device.read(x);
  for (let i = 0; i < milliseconds / 5; i++) device.dispatch(slow, { bindings: { x }, grid: [1, 1, 1] });
  device.flush();
  void device.read(x);
  await new Promise((resolve) => setTimeout(resolve, 20));
  console.log(`in flight: ${device.stats().work.inFlight > 0}`);
}

const ends: Readonly<Record<string, () => Promise<void>>> = {
  /** Nothing else is left to do: the process ends when the work has ended. */
  natural: async () => {
    await begin(100);
    process.exitCode = 3;
  },
  exit: async () => {
    await begin(60_000);
    process.exit(4);
  },
  throw: async () => {
    await begin(60_000);
    setTimeout(() => {
      throw new Error('uncaught on purpose');
    });
  },
  rejection: async () => {
    await begin(60_000);
    void Promise.reject(new Error('unhandled on purpose'));
  },
  /** The parent interrupts it. */
  wait: async () => {
    await begin(60_000);
    console.log('ready');
  },
  worker: async () => {
    const worker = new Worker(process.argv[1], { argv: ['wait'], stdout: true });
    await new Promise<void>((resolve) => {
      worker.stdout.on('data', (text: Buffer) => {
        process.stdout.write(text);
        if (text.includes('ready')) resolve();
      });
    });
    await worker.terminate();
    console.log('terminated');
    process.exitCode = 5;
  },
  /** The device is closed in the middle: what was begun is carried out. */
  close: async () => {
    const device = await openDevice(cpu());
    const x = device.createBuffer({ byteLength: 4 });
    device.fill(x, 1);
    for (let i = 0; i < 10; i++) device.dispatch(slow, { bindings: { x }, grid: [1, 1, 1] });
    const reading = device.read(x);
    await device.close();
    console.log(`read: ${(await reading).byteLength}`);
    process.exitCode = 6;
  },
};

await ends[process.argv[2]]();
