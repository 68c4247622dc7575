/**
 * The two defects that can each explain the black pictures of candle's pull request 2037, put back in: zeros
 * that are written ahead of pending work, and a failed submission that nobody looks at. Both must be found,
 * and by their names.
 */

import { cpu, type Executor } from '@wick/backend-cpu';
import { interleaved, SABOTEURS } from '@wick/conformance';
import { type BackendFactory, openDevice } from '@wick/core';
import { type Tensor, tensor } from '@wick/tensor';
import { describe, expect, it } from 'vitest';
import {
  createSchedule,
  openDiffusionFolder,
  StableDiffusionPipeline,
  seededNoise,
  solve,
  solverValues,
} from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';

const STEPS = 3;
const SHAPE = [4, 4, 4];

/** Puts a saboteur of the conformance suite between the core and a backend. */
function sabotaged(name: string, backend: BackendFactory): BackendFactory {
  const wrapped = SABOTEURS.find((saboteur) => saboteur.name === name)?.wrap?.(backend);
  if (wrapped === undefined) throw new Error(`there is no saboteur "${name}"`);
  return wrapped;
}

/** FNV-1a over bytes. */
const checksum = (bytes: Uint8Array): number =>
  bytes.reduce((value, byte) => Math.imul(value ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
const sumOf = async (value: Tensor): Promise<number> => checksum(await value.bytes());

/**
 * Denoises as a program with recycled buffers does: the hidden states lie in a scratch buffer that is zeroed
 * again behind every step, in the recording of the step. Their checksum is taken right before and right
 * after every call of the UNet. Returns what went wrong, or the checksum of the last latents.
 */
async function denoise(backend: BackendFactory): Promise<string> {
  await using device = await openDevice(backend);
  const files = await openDiffusionFolder(fileFolder(embeddedModelPath('shapes')));
  using pipeline = await StableDiffusionPipeline.load(device, files);
  const { textEncoder, unet } = pipeline.networks;
  const ids = tensor(device, Int32Array.from(pipeline.tokenize('a red ring').ids), [1, 20]);
  using states = device.run(() => textEncoder.forward(ids)).keep();
  const want = await sumOf(states);
  const schedule = createSchedule(pipeline.config.scheduler, { steps: STEPS });
  let latents = seededNoise(device, [1], SHAPE, 'start').keep();
  using scratch = device.run(() => states.mul(1)).keep();
  for (const [i, step] of schedule.steps.entries()) {
    const results = device.run(() => {
      device.copy(states.buffer, scratch.buffer);
      const before = scratch.mul(1);
      const timestep = tensor(device, [step.timestep], [1]);
      const output = unet.forward(latents, timestep, scratch);
      const next = solve(schedule, { latents, output, history: [] }, solverValues(step));
      const after = scratch.mul(1);
      device.fill(scratch.buffer);
      const zeros = scratch.mul(1);
      return { before, next, after, zeros };
    });
    const sums = { before: await sumOf(results.before), after: await sumOf(results.after) };
    for (const [when, sum] of Object.entries(sums)) {
      if (sum !== want) return `encoder_hidden_states are others ${when} the UNet of step ${i + 1}`;
    }
    if ((await results.zeros.abs().max().item()) !== 0)
      return `the fill behind step ${i + 1} ran ahead of what was recorded in front of it`;
    latents.dispose();
    latents = results.next.keep();
    for (const name of ['before', 'after', 'zeros'] as const) results[name].dispose();
  }
  const sum = await sumOf(latents);
  latents.dispose();
  return `latents ${sum}`;
}

describe('zeros ahead of pending work', () => {
  it('are found, and named', async () => {
    const sound = await denoise(cpu());
    expect(sound).toMatch(/^latents \d+$/);
    expect(await denoise(cpu({ executor: interleaved(5), scrub: true }))).toBe(sound);
    const found = await denoise(sabotaged('fills ahead of pending work', cpu()));
    expect(found).toBe('the fill behind step 1 ran ahead of what was recorded in front of it');
  }, 120_000);

  it('are found where barriers are missing', async () => {
    const adversary = cpu({ executor: interleaved(1), scrub: true });
    const found = await denoise(sabotaged('barriers dropped', adversary)).catch(
      (thrown: unknown) => (thrown as Error).message,
    );
    expect(found).not.toMatch(/^latents/);
  }, 120_000);
});

describe('a failed submission', () => {
  /** Draws while submission `which` does nothing and fails; what comes of it, in words. */
  const draw = async (which: number, wrap: (backend: BackendFactory) => BackendFactory): Promise<string> => {
    let count = 0;
    let failed = 0;
    const inOrder = interleaved(1);
    const executor: Executor = async (submission, host) => {
      if (count++ !== which) return inOrder(submission, host);
      failed++;
      throw new Error('the device gave up');
    };
    await using device = await openDevice(wrap(cpu({ executor, limits: { maxCommandsPerSubmission: 32 } })));
    const files = await openDiffusionFolder(fileFolder(embeddedModelPath('shapes')));
    using pipeline = await StableDiffusionPipeline.load(device, files);
    try {
      const [{ data }] = await pipeline.draw({ prompts: ['a ring'], steps: STEPS, width: 16, height: 16 });
      return failed === 0 ? `picture ${checksum(data)}` : `a picture, although ${failed} submission failed`;
    } catch (thrown) {
      const { code, message } = thrown as { code?: string; message: string };
      return `${code}: ${message}`;
    }
  };

  it('is an error with its cause, and found where nobody looks', async () => {
    expect(await draw(-1, (backend) => backend)).toMatch(/^picture/);
    expect(await draw(30, (backend) => backend)).toMatch(/^SUBMISSION_FAILED: .*the device gave up/);
    const ignored = await draw(30, (backend) => sabotaged('failed submissions ignored', backend));
    expect(ignored).toBe('a picture, although 1 submission failed');
  }, 120_000);
});
