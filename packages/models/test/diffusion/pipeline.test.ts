import { type Device, openDevice } from '@wick/core';
import { concat, type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { requireShared } from '#shared';
import {
  createSchedule,
  openDiffusionFolder,
  type SchedulerName,
  StableDiffusionPipeline,
  solverInput,
  solverValues,
} from '../../src/index.js';
import { fileFolder } from '../../src/node.js';
import { describeBackends } from '../helpers/backends.js';
import { Reference } from './reference.js';

interface Run {
  readonly name: string;
  readonly scheduler: SchedulerName | undefined;
  readonly steps: number;
  readonly guidance: number;
}

const RUNS: readonly Run[] = [
  { name: 'run', scheduler: 'ddim', steps: 10, guidance: 7.5 },
  { name: 'run_pndm', scheduler: undefined, steps: 6, guidance: 5 },
  { name: 'run_euler', scheduler: 'euler', steps: 6, guidance: 5 },
];

describeBackends(
  'complete runs of sd-tiny',
  ({ factory, slow }) => {
    vi.setConfig({ testTimeout: slow ? 900_000 : 120_000 });
    const path = requireShared('fixtures/sd-tiny');
    let device: Device;
    let reference: Reference;
    let pipeline: StableDiffusionPipeline;

    beforeAll(async () => {
      device = await openDevice(factory());
      reference = await Reference.open(path);
      pipeline = await StableDiffusionPipeline.load(device, await openDiffusionFolder(fileFolder(path)));
    });

    afterAll(async () => {
      pipeline?.[Symbol.dispose]();
      await reference?.close();
      await device?.close();
    });

    /** The two recorded prompts: the text, and the empty text. */
    const prompts = async (): Promise<number[][]> => {
      const ids = [...(await reference.numbers('in.input_ids'))];
      return [ids.slice(0, 77), ids.slice(77)];
    };

    /** What the UNet says at a step to both prompts, without the denoiser. */
    const predict = async (run: Run, step: number, latents: Tensor): Promise<ArrayLike<number>> => {
      const [wanted, unwanted] = await prompts();
      const schedule = createSchedule(pipeline.config.scheduler, run);
      const { textEncoder, unet } = pipeline.networks;
      const output = device.run(() => {
        const ids = tensor(device, Int32Array.from([...unwanted, ...wanted]), [2, 77]);
        const input = solverInput(schedule, latents, solverValues(schedule.steps[step]));
        const timestep = tensor(device, [schedule.steps[step].timestep]);
        return unet.forward(concat([input, input]), timestep, textEncoder.forward(ids));
      });
      return output.data();
    };

    it.each(RUNS)('draws $name: every step, the first and last predictions, the picture', async (run) => {
      const [wanted, unwanted] = await prompts();
      const noise = await reference.numbers(`in.${run.name}.latents`);
      const schedule = createSchedule(pipeline.config.scheduler, run);
      const latents: Float32Array[] = [];
      const timesteps: number[] = [];
      const [picture] = await pipeline.draw({
        ...run,
        prompts: [wanted],
        negativePrompt: unwanted,
        noise,
        onStep: async (report) => {
          timesteps.push(report.timestep);
          latents.push(Float32Array.from(await report.latents.data()));
        },
      });
      const at = `out.${run.name}`;
      await reference.check(`${at}.timesteps`, timesteps);
      await reference.check(
        `${at}.latents_after_step`,
        latents.flatMap((values) => [...values]),
      );

      const shape = [1, 4, 16, 16];
      const last = schedule.steps.length - 1;
      const start = tensor(device, noise, shape).mul(schedule.initialNoise);
      await reference.check(`${at}.unet_out.first`, await predict(run, 0, start));
      const beforeLast = tensor(device, latents[last - 1], shape);
      await reference.check(`${at}.unet_out.last`, await predict(run, last, beforeLast));

      if (run.name !== 'run') return;
      const { vae } = pipeline.networks;
      const raw = device.run(() =>
        vae.decode(tensor(device, latents[last], shape).div(vae.config.scalingFactor)),
      );
      await reference.check(`${at}.image_raw`, await raw.data());
      const planes = await raw.div(2).add(0.5).clamp(0, 1).data();
      await reference.check(`${at}.image`, planes);
      const size = 64 * 64;
      picture.data.forEach((byte, i) => {
        const level = planes[(i % 3) * size + Math.floor(i / 3)] * 255;
        expect(Math.abs(byte - level)).toBeLessThanOrEqual(0.5 + 1e-4);
      });
    });

    it('leaves no recorded tensor of a run unchecked', () => {
      expect(reference.unchecked('out.run')).toEqual([]);
    });
  },
  ['fixtures/sd-tiny'],
  { heavy: true },
);
