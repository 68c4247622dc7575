/** The networks that are measured, with what one run of each is. */

import { type Device, openDevice, type Plan } from '@wick/core';
import {
  createSchedule,
  Denoiser,
  decoderLayers,
  encoderLayers,
  openDiffusionFolder,
  parseSchedulerConfig,
  parseUNetConfig,
  SD15_SCHEDULER,
  SD15_UNET,
  StableDiffusionPipeline,
  TinyAutoencoder,
  taesdParameters,
  UNet2DConditionModel,
  unetParameters,
} from '@wick/models';
import { embeddedModelPath, fileFolder } from '@wick/models/node';
import { compile, randomNormal, type Tensor } from '@wick/tensor';
import { randomWeights } from './random-weights.js';

/** A network that is loaded. */
export interface Measurable extends AsyncDisposable {
  /** The plan of one run. */
  readonly plan: Plan;
  /** Does it once, to its end. */
  run(): Promise<void>;
}

/** Most steps of a schedule: a denoiser is made anew behind them. */
const STEPS = 100;

/** A denoiser whose latents start over when its schedule is done. */
async function denoising(
  device: Device,
  owned: Disposable,
  unet: UNet2DConditionModel,
  options: {
    readonly schedule: Parameters<typeof createSchedule>;
    readonly shape: readonly [number, number, number, number];
    readonly states: readonly [number, number, number];
    readonly precision: 'float32' | 'float16';
    readonly guidance: number;
  },
): Promise<Measurable> {
  const states = randomNormal(device, [...options.states], { seed: 2 }).keep();
  const plans: Plan[] = [];
  const begin = (): Denoiser =>
    new Denoiser(unet, randomNormal(device, [...options.shape], { seed: 1 }).keep(), {
      ...{ schedule: createSchedule(...options.schedule), states },
      ...{ guidance: options.guidance, precision: options.precision },
    });
  const stop = device.observePlans((plan) => plans.push(plan));
  let denoiser = begin();
  await denoiser.advance();
  stop();
  const plan = plans.find(({ recording }) => recording.label === 'denoising step');
  if (plan === undefined) throw new Error('no step was planned');
  return {
    plan,
    async run() {
      if (denoiser.stepsDone === STEPS) {
        denoiser[Symbol.dispose]();
        denoiser = begin();
      }
      await denoiser.advance();
    },
    async [Symbol.asyncDispose]() {
      denoiser[Symbol.dispose]();
      states.dispose();
      owned[Symbol.dispose]();
      await device.close();
    },
  };
}

type Open = Parameters<typeof openDevice>[0];

/** A step of the embedded model: latents of 16 x 16 for 64 x 64 pixels, with guidance. */
export async function shapesStep(backend: Open): Promise<Measurable> {
  const device = await openDevice(backend);
  const files = await openDiffusionFolder(fileFolder(embeddedModelPath('shapes')));
  const pipeline = await StableDiffusionPipeline.load(device, files);
  return denoising(device, pipeline, pipeline.networks.unet, {
    schedule: [pipeline.config.scheduler, { steps: STEPS }],
    shape: [1, 4, 16, 16],
    states: [2, 20, 96],
    precision: 'float32',
    guidance: 4,
  });
}

/** The network that shows on a small machine that the benchmark runs. */
const TINY = {
  down_block_types: ['CrossAttnDownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D'],
  block_out_channels: [32, 64],
  layers_per_block: 1,
  cross_attention_dim: 32,
};

export interface Sd15Options {
  readonly precision: 'float32' | 'float16';
  /** Rows and columns of the latents; 64 for 512 x 512 pixels. */
  readonly latents: number;
  /** A network of the same kind with few layers and channels. */
  readonly tiny: boolean;
}

/** A step of Stable Diffusion 1.5 with guidance, random weights. */
export async function sd15Step(
  backend: Open,
  { precision, latents, tiny }: Sd15Options,
): Promise<Measurable & { readonly device: Device }> {
  const device = await openDevice(backend);
  const config = parseUNetConfig(tiny ? { ...SD15_UNET, ...TINY } : SD15_UNET);
  const type = precision === 'float16' ? 'F16' : 'F32';
  const unet = await UNet2DConditionModel.load(device, config, randomWeights(unetParameters(config), type));
  const measurable = await denoising(device, unet, unet, {
    schedule: [parseSchedulerConfig(SD15_SCHEDULER), { steps: STEPS, scheduler: 'ddim' }],
    shape: [1, 4, latents, latents],
    states: [2, 77, config.crossAttentionSize],
    precision,
    guidance: 7.5,
  });
  return { ...measurable, device };
}

/** TAEF2's decoder for a picture of `size` x `size` pixels, random weights. */
export async function taef2Decoder(backend: Open, size: number): Promise<Measurable> {
  const device = await openDevice(backend);
  const config = { latentChannels: 32, pooled: true };
  const autoencoder = await TinyAutoencoder.load(device, {
    label: 'random weights',
    encoder: randomWeights(taesdParameters(encoderLayers(config)), 'F32'),
    decoder: randomWeights(taesdParameters(decoderLayers(config)), 'F32'),
  });
  const latents = randomNormal(device, [1, config.latentChannels, size / 8, size / 8], { seed: 1 }).keep();
  const plans: Plan[] = [];
  const stop = device.observePlans((plan) => plans.push(plan));
  const decoder = compile(device, { latents }, (given: { latents: Tensor }) => ({
    mean: autoencoder.decode(given.latents).mean(),
  }));
  const run = async (): Promise<void> => {
    const { mean } = decoder.run({ latents });
    await mean.item();
    mean.dispose();
  };
  await run();
  stop();
  return {
    plan: plans.reduce((most, plan) => (plan.figures.commands > most.figures.commands ? plan : most)),
    run,
    async [Symbol.asyncDispose]() {
      decoder.dispose();
      latents.dispose();
      autoencoder[Symbol.dispose]();
      await device.close();
    },
  };
}
