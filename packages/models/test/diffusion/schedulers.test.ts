import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireShared } from '#shared';
import {
  createSchedule,
  mixtureOf,
  noiseLevels,
  parseSchedulerConfig,
  type Schedule,
  type ScheduleOptions,
  type SchedulerConfig,
  solve,
  solverInput,
  solverValues,
} from '../../src/index.js';
import { describeBackends } from '../helpers/backends.js';
import { failure } from '../helpers/errors.js';
import { Reference, readJsonFile } from './reference.js';

/** What each recorded set of tables was made with, beside the configuration on disk. */
const RECORDED: Readonly<
  Record<string, { readonly config: object; readonly options: Omit<ScheduleOptions, 'steps'> }>
> = {
  ddim: { config: {}, options: { scheduler: 'ddim' } },
  ddim_eta: { config: {}, options: { scheduler: 'ddim', eta: 0.6 } },
  ddim_trailing: { config: { timestep_spacing: 'trailing' }, options: { scheduler: 'ddim' } },
  ddim_vpred: { config: { prediction_type: 'v_prediction' }, options: { scheduler: 'ddim' } },
  pndm: { config: {}, options: {} },
  euler: { config: {}, options: { scheduler: 'euler' } },
  euler_leading: { config: { timestep_spacing: 'leading' }, options: { scheduler: 'euler' } },
  euler_ancestral: { config: {}, options: { scheduler: 'euler-ancestral' } },
};

describeBackends(
  'the schedulers against sd-tiny',
  ({ factory }) => {
    const path = requireShared('fixtures/sd-tiny');
    const disk = readJsonFile(`${path}/scheduler/scheduler_config.json`);
    const configOf = (changes: object): SchedulerConfig =>
      parseSchedulerConfig({ ...(disk as object), ...changes });
    let device: Device;
    let reference: Reference;

    beforeAll(async () => {
      device = await openDevice(factory());
      reference = await Reference.open(path);
    });

    afterAll(async () => {
      await reference?.close();
      await device?.close();
    });

    it('has the betas and their products', async () => {
      const { betas, alphasCumprod } = noiseLevels(configOf({}));
      await reference.check('out.sched.betas', betas);
      await reference.check('out.sched.alphas_cumprod', alphasCumprod);
    });

    it.each([10, 25])('has the timesteps and noise levels of %i steps', async (steps) => {
      for (const [name, { config, options }] of Object.entries(RECORDED)) {
        const schedule = createSchedule(configOf(config), { ...options, steps });
        const at = `out.sched.${name}`;
        await reference.check(
          `${at}.timesteps.${steps}`,
          schedule.steps.map(({ timestep }) => timestep),
        );
        await reference.check(`${at}.init_noise_sigma.${steps}`, [schedule.initialNoise]);
        if (schedule.sigmas) await reference.check(`${at}.sigmas.${steps}`, schedule.sigmas);
      }
    });

    /** Part `i` of a recorded list of tensors. */
    const part = async (name: string, i: number): Promise<Tensor> => {
      const [, ...shape] = reference.shape(name);
      const size = shape.reduce((product, length) => product * length, 1);
      return tensor(device, (await reference.numbers(name)).subarray(i * size, (i + 1) * size), shape);
    };

    it.each(Object.keys(RECORDED))('takes every recorded step of %s', async (name) => {
      const { config, options } = RECORDED[name];
      const schedule = createSchedule(configOf(config), { ...options, steps: 10 });
      const start = (await reference.tensor(device, 'in.sched.sample')).mul(schedule.initialNoise);
      const outputs = await Promise.all(schedule.steps.map((_, i) => part('in.sched.model_outputs', i)));
      const noises = await Promise.all(schedule.steps.map((_, i) => part('in.sched.noises', i)));
      const { latents, inputs } = await walk(schedule, start, outputs, noises);
      await reference.check(`out.sched.${name}.steps`, latents);
      if (schedule.scalesInput && name !== 'euler_leading')
        await reference.check(`out.sched.${name}.scaled_inputs`, inputs);
    });

    it('mixes pictures with noise, and has their velocity', async () => {
      const { alphasCumprod } = noiseLevels(configOf({}));
      const sample = await reference.tensor(device, 'in.sched.sample');
      const noise = await part('in.sched.model_outputs', 0);
      const timesteps = await reference.numbers('in.sched.add_noise.timesteps');
      const noisy: number[] = [];
      for (const timestep of timesteps) {
        const mixture = mixtureOf(alphasCumprod[timestep]);
        noisy.push(...(await sample.mul(mixture.signal).add(noise.mul(mixture.noise)).data()));
      }
      await reference.check('out.sched.add_noise', noisy);
      const at250 = mixtureOf(alphasCumprod[250]);
      const velocity = noise.mul(at250.signal).sub(sample.mul(at250.noise));
      await reference.check('out.sched.ddim.get_velocity', await velocity.data());
    });

    it('leaves no recorded table or step unchecked', () => {
      expect(reference.unchecked('out.sched.')).toEqual([]);
    });
  },
  ['fixtures/sd-tiny'],
);

/** Runs a schedule over given predictions; returns the latents after each step and the UNet's inputs. */
async function walk(
  schedule: Schedule,
  start: Tensor,
  outputs: readonly Tensor[],
  noises: readonly Tensor[],
): Promise<{ latents: number[]; inputs: number[] }> {
  const latents: number[] = [];
  const inputs: number[] = [];
  let present = start;
  let saved: Tensor | undefined;
  let history: Tensor[] = [];
  for (const [i, step] of schedule.steps.entries()) {
    const scalars = solverValues(step);
    inputs.push(...(await solverInput(schedule, present, scalars).data()));
    const output = outputs[i];
    const next = solve(schedule, { latents: present, output, history, saved, noise: noises[i] }, scalars);
    if (step.saves) saved = present;
    if (step.keeps) history = [output, ...history].slice(0, schedule.history);
    present = next;
    latents.push(...(await present.data()));
  }
  return { latents, inputs };
}

describe('schedules', () => {
  const linear = parseSchedulerConfig({ _class_name: 'DDIMScheduler', clip_sample: false });

  it('space trailing timesteps as numpy does, half to even', () => {
    const config = { ...linear, timestepSpacing: 'trailing' as const };
    const steps = (count: number) =>
      createSchedule(config, { steps: count }).steps.map(({ timestep }) => timestep);
    expect(steps(16)).toEqual([
      999, 937, 874, 811, 749, 687, 624, 561, 499, 437, 374, 311, 249, 187, 124, 61,
    ]);
    expect(steps(15)).toHaveLength(15);
    for (const count of [1, 3, 7, 49, 333, 999, 1000]) expect(steps(count)).toHaveLength(count);
  });

  it('begin later with a strength below 1', () => {
    const whole = createSchedule(linear, { steps: 10 });
    const part = createSchedule(linear, { steps: 10, strength: 0.35 });
    expect(part.steps).toEqual(whole.steps.slice(7));
    expect(part.start.signal ** 2 + part.start.noise ** 2).toBeCloseTo(1, 12);
  });

  it('repeat the warm-up of PNDM wherever they begin', () => {
    const timesteps = (strength: number) =>
      createSchedule(linear, { scheduler: 'pndm', steps: 5, strength }).steps.map(({ timestep }) => timestep);
    expect(timesteps(1)).toEqual([800, 600, 600, 400, 200, 0]);
    expect(timesteps(0.6)).toEqual([400, 200, 200, 0]);
    expect(timesteps(0.2)).toEqual([0]);
  });

  it.each([
    ['ddim', 'epsilon'],
    ['ddim', 'v_prediction'],
    ['pndm', 'epsilon'],
    ['euler', 'epsilon'],
  ] as const)('lead back to the picture where the noise is constant: %s, %s', async (scheduler, type) => {
    // x = signal * picture + noise * eps is then the exact path, and every one of these steps follows it.
    const picture = 0.7;
    const eps = -1.3;
    await using device = await openDevice(cpu());
    const config = { ...linear, predictionType: type, setAlphaToOne: true };
    const schedule = createSchedule(config, { scheduler, steps: 20 });
    const { alphasCumprod } = noiseLevels(config);
    const outputs = schedule.steps.map(({ timestep }) => {
      const { signal, noise } = mixtureOf(alphasCumprod[Math.round(timestep)]);
      return tensor(device, [type === 'epsilon' ? eps : signal * eps - noise * picture]);
    });
    const { signal, noise } = schedule.start;
    const start = tensor(device, [signal * picture + noise * eps]);
    const { latents } = await walk(schedule, start, outputs, []);
    expect(latents.at(-1)).toBeCloseTo(picture, 4);
  });

  it('clip the picture that DDIM predicts', async () => {
    await using device = await openDevice(cpu());
    const config = parseSchedulerConfig({ _class_name: 'DDIMScheduler' });
    expect(config.clipRange).toBe(1);
    const schedule = createSchedule(config, { steps: 1 });
    const start = tensor(device, [2, 0.1]);
    const output = tensor(device, [0, 0]);
    const { latents } = await walk(schedule, start, [output], []);
    const { signal } = mixtureOf(noiseLevels(config).alphasCumprod[0]);
    expect(latents[0]).toBeCloseTo(1, 6);
    expect(latents[1]).toBeCloseTo(0.1 / signal, 6);
  });

  it('refuse what they cannot do', async () => {
    await failure('INVALID_ARGUMENT', () => createSchedule(linear, { steps: 0 }));
    await failure('INVALID_ARGUMENT', () => createSchedule(linear, { steps: 1001 }));
    await failure('INVALID_ARGUMENT', () => createSchedule(linear, { steps: 5, eta: 2 }));
    await failure('INVALID_ARGUMENT', () => createSchedule(linear, { steps: 5, strength: 0.1 }));
    await failure('INVALID_ARGUMENT', () => createSchedule({ ...linear, stepsOffset: 1 }, { steps: 1000 }));
    const unknown = await failure('INVALID_ARGUMENT', () =>
      createSchedule(linear, JSON.parse('{"steps": 5, "scheduler": "ddpm"}') as ScheduleOptions),
    );
    expect(unknown.message).toContain('euler-ancestral');
    const other = parseSchedulerConfig({ _class_name: 'DPMSolverMultistepScheduler' });
    expect((await failure('BAD_MODEL', () => createSchedule(other, { steps: 5 }))).message).toContain('DPM');
    expect(createSchedule(other, { steps: 5, scheduler: 'euler' }).steps).toHaveLength(5);
    const prk = await failure('BAD_MODEL', () => parseSchedulerConfig({ skip_prk_steps: false }));
    expect(prk.message).toContain('skip_prk_steps');
  });
});
