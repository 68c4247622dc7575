/** What a step of the real size takes on a device, with weights that are all zeros. */

import { nullBackend } from '@wick/conformance';
import { type Device, openDevice, type Plan } from '@wick/core';
import { zeros } from '@wick/tensor';
import { describe, expect, it } from 'vitest';
import { SD15_SCHEDULER, SD15_UNET } from '../../src/diffusion/checkpoint/sd15.js';
import {
  createSchedule,
  Denoiser,
  parseSchedulerConfig,
  parseUNetConfig,
  UNet2DConditionModel,
  unetParameters,
} from '../../src/index.js';
import { zeroWeights } from '../helpers/weights.js';

const MIB = 2 ** 20;
const STEPS = 10;

/** Loads the UNet of Stable Diffusion 1.5 in float16, and denoises 64 x 64 latents with guidance. */
async function measure(device: Device) {
  const config = parseUNetConfig(SD15_UNET);
  using unet = await UNet2DConditionModel.load(device, config, zeroWeights(unetParameters(config)));
  const latents = zeros(device, [1, 4, 64, 64]).keep();
  using states = zeros(device, [2, 77, 768]).keep();
  await device.idle();
  const { buffers, memory } = device.stats();
  // What the pool holds in reserve may be taken by the step, so it counts as the step's.
  const held = memory.allocatedBytes - memory.pooledBytes;
  const plans: Plan[] = [];
  const stop = device.observePlans((plan) => plans.push(plan));
  const schedule = createSchedule(parseSchedulerConfig(SD15_SCHEDULER), { steps: STEPS, scheduler: 'ddim' });
  using denoiser = new Denoiser(unet, latents, { schedule, states, guidance: 7.5, precision: 'float16' });
  // From the second step on the latents of the step before are alive too.
  for (let i = 0; i < 2; i++) await denoiser.advance();
  stop();
  const step = plans.find(({ recording }) => recording.label === 'denoising step');
  if (step === undefined) throw new Error('no step was planned');
  const first = device.stats().memory;
  while (denoiser.stepsDone < STEPS) await denoiser.advance();
  return { weights: buffers.bytes, held, figures: step.figures, first, last: device.stats().memory };
}

describe('a step at the size of Stable Diffusion 1.5', () => {
  it('takes its weights and at most 1.15 times the largest live set, and ten steps no more', async () => {
    await using device = await openDevice(nullBackend());
    const { weights, held, figures, first, last } = await measure(device);
    const { largestLiveBytes: live, commands } = figures;
    const beside = first.peakAllocatedBytes - held;
    console.log(
      `SD 1.5 UNet step, ${commands} commands: weights ${(weights / MIB).toFixed(0)} MiB ` +
        `in ${(held / MIB).toFixed(0)} MiB of the pool's size classes, largest live set ` +
        `${(live / MIB).toFixed(1)} MiB, beside the weights ${(beside / MIB).toFixed(1)} MiB allocated ` +
        `(${(beside / live).toFixed(3)}x), ${(figures.unplannedBytes / MIB).toFixed(0)} MiB if nothing were shared`,
    );
    expect(weights).toBeGreaterThan(859_520_964 * 2);
    expect(beside).toBeLessThanOrEqual(1.15 * live);
    expect(last.peakAllocatedBytes).toBe(first.peakAllocatedBytes);
  }, 120_000);
});
