import { openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { expect, it } from 'vitest';
import { describeBackends } from '../helpers/backends.js';
import { LONG, largestDifference, readTensors, take } from '../helpers/reference.js';
import { loadTaef2, TAEF2 } from './taef2.js';

describeBackends(
  'TAEF2 encoder',
  ({ factory, slow }) => {
    it('gives the recorded latents of the photograph', { timeout: 600_000 }, async (context) => {
      if (slow && !LONG) context.skip('20 G multiply-adds in software; set WICK_LONG=1');
      await using device = await openDevice(factory());
      using autoencoder = await loadTaef2(device);
      const recorded = await readTensors(`${TAEF2}/reference.safetensors`);
      const encoded = device.run(() =>
        autoencoder.encode(tensor(device, take(recorded, 'x'), [1, 3, 256, 256])),
      );
      // The promise is 2e-2, in any float32 arithmetic. The CPU backend is at 6e-6.
      expect(largestDifference(await encoded.data(), take(recorded, 'z'))).toBeLessThan(slow ? 2e-2 : 1e-4);
    });
  },
  [TAEF2],
  { heavy: true },
);
