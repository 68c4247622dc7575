/** Würstchen: its networks, its scheduler and the pipelines that draw with them. */

export { type DecoderConfig, type DiffNextLevelConfig, parseDecoderConfig } from './config/decoder.js';
export {
  type DecoderIndex,
  type PriorIndex,
  parseDecoderIndex,
  parsePriorIndex,
  parseWuerstchenScheduler,
  type WuerstchenSchedulerConfig,
} from './config/pipelines.js';
export { type PriorConfig, parsePriorConfig } from './config/prior.js';
export { parseVqganConfig, type VqganConfig, vqganScale } from './config/vqgan.js';
export {
  openWuerstchen,
  openWuerstchenDecoder,
  openWuerstchenPrior,
  type WuerstchenDecoderFiles,
  type WuerstchenFiles,
  type WuerstchenPriorFiles,
} from './files.js';
export { type DecoderCondition, WuerstchenDecoder } from './networks/decoder.js';
export { decoderParameters } from './networks/decoder-structure.js';
export { levelEmbedding } from './networks/level-embedding.js';
export { priorParameters, WuerstchenPrior } from './networks/prior.js';
export { PaellaVQModel, type Quantized } from './networks/vqgan.js';
export { vqganParameters } from './networks/vqgan-structure.js';
export { WuerstchenDecoderPipeline } from './pipeline/decoder-pipeline.js';
export type {
  DecoderOptions,
  GivenNoise,
  PriorOptions,
  StageOptions,
  WuerstchenDrawOptions,
  WuerstchenPrompt,
  WuerstchenStepReport,
} from './pipeline/options.js';
export { type DecodeOptions, decodeLatents } from './pipeline/pictures.js';
export { WuerstchenPipeline } from './pipeline/pipeline.js';
export { WuerstchenPriorPipeline } from './pipeline/prior-pipeline.js';
export {
  alphaCumprod,
  DEFAULT_PRIOR_LEVELS,
  evenLevels,
  noiseMixture,
  type WuerstchenStep,
  wuerstchenSteps,
} from './scheduler.js';
