import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { expect, it } from 'vitest';
import { describeShared } from '#shared';
import { largestDifference, readTensors, take } from '../helpers/reference.js';
import { loadTaef2, TAEF2 } from './taef2.js';

describeShared('TAEF2 encoder', () => {
  it('gives the recorded latents of the photograph', { timeout: 120_000 }, async () => {
    await using device = await openDevice(cpu());
    using autoencoder = await loadTaef2(device);
    const recorded = await readTensors(`${TAEF2}/reference.safetensors`);
    const encoded = device.run(() =>
      autoencoder.encode(tensor(device, take(recorded, 'x'), [1, 3, 256, 256])),
    );
    // The promise is 2e-2, in any float32 arithmetic. The CPU backend is at 6e-6.
    expect(largestDifference(await encoded.data(), take(recorded, 'z'))).toBeLessThan(1e-4);
  });
}, [TAEF2]);
