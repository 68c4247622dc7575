/** Stable Diffusion 1.x and 2.x: networks, schedulers and the pipeline that draws with them. */

export { type CheckpointOptions, openDiffusionCheckpoint } from './checkpoint/open-checkpoint.js';
export {
  SD15_SCHEDULER,
  SD15_TEXT_ENCODER,
  SD15_UNET,
  SD15_VAE,
} from './checkpoint/sd15.js';
export {
  type PredictionType,
  parseSchedulerConfig,
  SCHEDULER_NAMES,
  type SchedulerConfig,
  type SchedulerName,
  type TimestepSpacing,
} from './config/scheduler.js';
export { type ClipTextConfig, parseClipTextConfig } from './config/text-encoder.js';
export { parseUNetConfig, type UNetConfig, type UNetLevel } from './config/unet.js';
export { parseVaeConfig, type VaeConfig, vaeScale } from './config/vae.js';
export {
  type DiffusionConfig,
  type DiffusionFiles,
  openDiffusionFolder,
} from './files.js';
export { AutoencoderKL, type Posterior, samplePosterior } from './networks/autoencoder-kl.js';
export { ClipTextEncoder, type LoadNetworkOptions } from './networks/clip-text-encoder.js';
export { clipTextParameters } from './networks/clip-text-parameters.js';
export type { ForwardHooks, Observe } from './networks/layers.js';
export { UNet2DConditionModel } from './networks/unet.js';
export { unetParameters } from './networks/unet-parameters.js';
export { vaeParameters } from './networks/vae-parameters.js';
export { Denoiser, type DenoiserOptions } from './pipeline/denoiser.js';
export { type NoisePurpose, seededNoise } from './pipeline/noise.js';
export type { DrawOptions, DrawWarning, PromptCutWarning, StepReport } from './pipeline/options.js';
export {
  type DiffusionNetworks,
  type LoadDiffusionOptions,
  StableDiffusionPipeline,
} from './pipeline/pipeline.js';
export { createSchedule, type ScheduleOptions } from './schedulers/create.js';
export { type Mixture, mixtureOf, type NoiseLevels, noiseLevels } from './schedulers/noise-levels.js';
export type { Blend, Schedule, ScheduleStep } from './schedulers/schedule.js';
export {
  type SolverScalars,
  type SolverTensors,
  solve,
  solverInput,
  solverParams,
  solverValues,
} from './schedulers/solver.js';
export { clipTokenizerFiles } from './text/clip-tokenizer.js';
export {
  type EncodedPrompt,
  openPromptTokenizer,
  type Prompt,
  type PromptTokenizer,
} from './text/prompt-tokenizer.js';
