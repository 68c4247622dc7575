import { expect, it } from 'vitest';
import { collectGarbage } from '../helpers/garbage.js';
import { fakeDevice } from '../helpers/work.js';

/** CI counts to 10^5; elsewhere a fifth of it shows the same slope in a fifth of the time. */
const TIMES = process.env.CI === 'true' ? 100_000 : 20_000;
const CHUNK = 100;

it(`${TIMES} times create, submit, read and free leave memory and handles flat`, {
  timeout: 120_000,
}, async () => {
  const { backend, device, work } = await fakeDevice({ automatic: true });
  const bystander = work.upload([1], 'bystander');
  await device.idle();
  const idle = { ...device.stats().buffers };
  let heapAtHalf = 0;
  let mostLive = 0;
  for (let i = 0; i < TIMES; i += CHUNK) {
    const reads = Array.from({ length: CHUNK }, async (_, k) => {
      const x = work.upload([i + k]);
      const y = work.add(x, 1);
      const reading = work.read(y);
      x.free();
      y.free();
      expect(await reading).toEqual([i + k + 1]);
    });
    await Promise.all(reads);
    mostLive = Math.max(mostLive, backend.live.size);
    // The test's own log of submissions is no part of what is measured.
    backend.submissions.length = 0;
    if (i === TIMES / 2) {
      await collectGarbage();
      heapAtHalf = process.memoryUsage().heapUsed;
    }
  }
  await collectGarbage();
  const grown = process.memoryUsage().heapUsed - heapAtHalf;
  expect(device.stats().buffers).toEqual(idle);
  expect(device.stats().work).toMatchObject({ inFlight: 0, completedSerial: TIMES + 1, tasks: TIMES + 1 });
  expect(mostLive).toBeLessThan(4 * CHUNK);
  expect(backend.allocateCalls).toBeLessThan(4 * CHUNK);
  // No round of the second half may leave 100 bytes behind.
  expect(grown).toBeLessThan(100 * (TIMES / 2));
  expect(await work.read(bystander)).toEqual([1]);
});
