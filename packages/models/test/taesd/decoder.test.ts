import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { expect, it } from 'vitest';
import { describeShared } from '#shared';
import { largestDifference, readTensors, take } from '../helpers/reference.js';
import { loadTaef2, TAEF2 } from './taef2.js';

describeShared('TAEF2 decoder', () => {
  it('gives the recorded picture of the latents', { timeout: 120_000 }, async () => {
    await using device = await openDevice(cpu());
    using autoencoder = await loadTaef2(device);
    const recorded = await readTensors(`${TAEF2}/reference.safetensors`);
    const decoded = device.run(() =>
      autoencoder.decode(tensor(device, take(recorded, 'z'), [1, 32, 32, 32])),
    );
    // The promise is 2e-2, in any float32 arithmetic. The CPU backend is at 6e-6.
    expect(largestDifference(await decoded.data(), take(recorded, 'y'))).toBeLessThan(1e-4);
  });
}, [TAEF2]);
