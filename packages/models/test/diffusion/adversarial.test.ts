/** The whole loop on a machine that runs what it may run at once in the least convenient order. */

import { cpu, type Executor } from '@wick/backend-cpu';
import { interleaved, SABOTEURS } from '@wick/conformance';
import { type BackendFactory, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { openDiffusionFolder, type RgbImage, StableDiffusionPipeline } from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';

const folder = embeddedModelPath('shapes');
const STEPS = 15;

/** 15 steps with guidance at sizes that do not divide by the UNet's downsampling. */
async function draw(pipeline: StableDiffusionPipeline): Promise<RgbImage> {
  const options = { prompts: ['a red heart above a blue ring'], steps: STEPS, guidance: 4, seed: 11 };
  const [picture] = await pipeline.draw({ ...options, width: 20, height: 12 });
  return picture;
}

/** Loads the model onto a device of its own and draws. */
async function drawOn(backend: BackendFactory): Promise<RgbImage> {
  await using device = await openDevice(backend);
  using pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(fileFolder(folder)));
  return await draw(pipeline);
}

describe('the loop of 15 steps under an adversary', () => {
  it('gives the picture of program order, bit for bit, for 20 seeds', async () => {
    const want = await drawOn(cpu());
    // One device, so that each run also takes over the memory of the one before.
    let executor = interleaved(0);
    await using device = await openDevice(
      cpu({ executor: (submission, host) => executor(submission, host), scrub: true }),
    );
    using pipeline = await StableDiffusionPipeline.load(
      device,
      await openDiffusionFolder(fileFolder(folder)),
    );
    for (let seed = 1; seed <= 20; seed++) {
      executor = interleaved(seed);
      expect(await draw(pipeline), `seed ${seed}`).toEqual(want);
    }
  }, 120_000);

  it('would not, without barriers: the adversary is strong enough', async () => {
    const dropped = SABOTEURS.find(({ name }) => name === 'barriers dropped');
    const broken = dropped?.wrap?.(cpu({ executor: interleaved(1), scrub: true }));
    if (broken === undefined) throw new Error('there is no saboteur that drops barriers');
    const error = await failure('BAD_OUTPUT', () => drawOn(broken));
    expect(error.message).toContain('not a number');
  });
});

describe('a failed submission in the middle of a drawing', () => {
  /** In program order, but for one submission, which does half of its work and fails. */
  const failing = (which: number): Executor => {
    let count = 0;
    const inOrder = interleaved(1);
    return async (submission, host) => {
      await inOrder(submission, host);
      if (count++ === which) throw new Error('the device gave up');
    };
  };

  it.each([3, 40, 100])('is an error and no picture: submission %i', async (which) => {
    const error = await failure('SUBMISSION_FAILED', () =>
      drawOn(cpu({ executor: failing(which), limits: { maxCommandsPerSubmission: 32 } })),
    );
    expect(error.commands.length).toBeGreaterThan(0);
  });
});
