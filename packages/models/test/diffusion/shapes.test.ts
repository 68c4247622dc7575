import { readFileSync } from 'node:fs';
import { type Device, openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { REQUIRE_HOSTS } from '../../../../testing/hosts.js';
import {
  createSchedule,
  decodePng,
  openDiffusionFolder,
  type RgbImage,
  StableDiffusionPipeline,
} from '../../src/index.js';
import { embeddedModelPath, fileFolder } from '../../src/node.js';
import { describeBackends } from '../helpers/backends.js';
import { NOT_LONG } from '../helpers/reference.js';
import { expectClose, Reference } from './reference.js';

const folder = embeddedModelPath('shapes');
const reference = JSON.parse(readFileSync(`${folder}/reference.json`, 'utf8')) as {
  prompts: { prompt: string; seed: number; image: string }[];
  input_ids: number[][];
  uncond_ids: number[];
  steps: number;
  guidance: number;
  schedule: { timestep: number; alpha: number; previous_alpha: number }[];
  tolerances: { float32: Record<string, number> };
};

const NOT_BY_DEFAULT = 'takes a minute on a software adapter; WICK_REQUIRE_HOSTS=1 runs it';

describeBackends('shapes-diffusion', ({ factory, slow }) => {
  let device: Device;
  let pipeline: StableDiffusionPipeline;
  let recorded: Reference;
  const prompts = reference.prompts.map(({ prompt }) => prompt);
  const { steps, guidance } = reference;

  beforeAll(async () => {
    device = await openDevice(factory());
    pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(fileFolder(folder)));
    recorded = await Reference.open(folder);
  });

  afterAll(async () => {
    pipeline?.[Symbol.dispose]();
    await recorded?.close();
    await device?.close();
  });

  const check = (name: string, got: ArrayLike<number>) =>
    recorded.check(name, got, reference.tolerances.float32[name]);

  it('has as many parameters as its README says', () => {
    const { unet, textEncoder, vae } = pipeline.networks;
    expect([unet, textEncoder, vae].map((network) => network.parameterCount)).toEqual([
      2975316, 342144, 802559,
    ]);
    expect(pipeline.size).toEqual({ trained: 64, multiple: 4 });
  });

  it('steps as the reference does', () => {
    const schedule = createSchedule(pipeline.config.scheduler, { steps });
    expect(schedule.steps.map(({ timestep }) => timestep)).toEqual(
      reference.schedule.map(({ timestep }) => timestep),
    );
    for (const [i, { alpha, previous_alpha: before }] of reference.schedule.entries()) {
      // x0 = sqrt(a) x - sqrt(1 - a) v, eps = sqrt(a) v + sqrt(1 - a) x; next = sqrt(b) x0 + sqrt(1 - b) eps.
      const { sample, outputs } = schedule.steps[i];
      const [signal, noise] = [Math.sqrt(before), Math.sqrt(1 - before)];
      expect(sample).toBeCloseTo(signal * Math.sqrt(alpha) + noise * Math.sqrt(1 - alpha), 5);
      expect(outputs[0]).toBeCloseTo(noise * Math.sqrt(alpha) - signal * Math.sqrt(1 - alpha), 5);
    }
  });

  it('has the tokens, hidden states and first predictions of the reference', async (context) => {
    if (slow && !REQUIRE_HOSTS) return context.skip(NOT_BY_DEFAULT);
    expect(prompts.map((prompt) => pipeline.tokenize(prompt).ids)).toEqual(reference.input_ids);
    expect(pipeline.tokenize('').ids).toEqual(reference.uncond_ids);
    const { textEncoder, unet } = pipeline.networks;
    const states = [[reference.uncond_ids], reference.input_ids].map((rows) =>
      device.run(() => textEncoder.forward(tensor(device, Int32Array.from(rows.flat()), [rows.length, 20]))),
    );
    await check('hidden_uncond', await states[0].data());
    await check('hidden_cond', await states[1].data());
    const noise = await recorded.numbers('initial_latents');
    const latents = tensor(device, noise, [3, 4, 16, 16]);
    const timestep = tensor(device, [reference.schedule[0].timestep]);
    const of = (which: number) =>
      device.run(() => unet.forward(latents, timestep, states[which].expand([3, 20, 96]))).data();
    await check('v_uncond', await of(0));
    await check('v_cond', await of(1));
  }, 300_000);

  it('draws the pictures of the reference, step by step', async (context) => {
    if (slow && NOT_LONG !== undefined) return context.skip(NOT_LONG);
    const count = slow ? 1 : 3;
    const size = 4 * 16 * 16;
    const after: Float32Array[] = [];
    const pictures = await pipeline.draw({
      prompts: prompts.slice(0, count),
      steps,
      guidance,
      noise: (await recorded.numbers('initial_latents')).slice(0, count * size),
      onStep: async ({ latents }) => {
        after.push(Float32Array.from(await latents.data()));
      },
    });
    const want = await recorded.numbers('latents');
    for (const [step, got] of after.entries()) {
      for (let i = 0; i < count; i++) {
        const at = (i * steps + step) * size;
        expectClose(
          `latents of picture ${i} after step ${step + 1}`,
          got.subarray(i * size, (i + 1) * size),
          want.subarray(at, at + size),
          reference.tolerances.float32.latents,
        );
      }
    }
    const { vae } = pipeline.networks;
    const final = tensor(device, after[steps - 1], [count, 4, 16, 16]).div(vae.config.scalingFactor);
    const decoded = await device.run(() => vae.decode(final)).data();
    const planes = await recorded.numbers('image');
    expectClose('image', decoded, planes.subarray(0, decoded.length), reference.tolerances.float32.image);
    for (const [i, { image }] of reference.prompts.slice(0, count).entries()) {
      const want = decodePng(readFileSync(`${folder}/${image}`));
      expect(worstByte(pictures[i], want), image).toBeLessThanOrEqual(1);
    }
  }, 300_000);

  it('encodes the picture of the reference', async () => {
    const posterior = pipeline.networks.vae.encode(await recorded.tensor(device, 'encoder_input'));
    await check('encoder_mean', await posterior.mean.data());
    await check('encoder_logvar', await posterior.logVariance.data());
  }, 300_000);
});

function worstByte(a: RgbImage, b: RgbImage): number {
  return a.data.reduce((most, byte, i) => Math.max(most, Math.abs(byte - b.data[i])), 0);
}
