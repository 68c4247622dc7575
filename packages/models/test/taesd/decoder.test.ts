import { openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { expect, it } from 'vitest';
import { describeBackends } from '../helpers/backends.js';
import { LONG, largestDifference, readTensors, take } from '../helpers/reference.js';
import { loadTaef2, TAEF2 } from './taef2.js';

describeBackends(
  'TAEF2 decoder',
  ({ factory, slow }) => {
    it('gives the recorded picture of the latents', { timeout: 600_000 }, async (context) => {
      if (slow && !LONG) context.skip('20 G multiply-adds in software; set WICK_LONG=1');
      await using device = await openDevice(factory());
      using autoencoder = await loadTaef2(device);
      const recorded = await readTensors(`${TAEF2}/reference.safetensors`);
      const decoded = device.run(() =>
        autoencoder.decode(tensor(device, take(recorded, 'z'), [1, 32, 32, 32])),
      );
      // The promise is 2e-2, in any float32 arithmetic. The CPU backend is at 6e-6.
      expect(largestDifference(await decoded.data(), take(recorded, 'y'))).toBeLessThan(slow ? 2e-2 : 1e-4);
    });
  },
  [TAEF2],
  { heavy: true },
);
