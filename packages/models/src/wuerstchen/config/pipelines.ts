/** `model_index.json` and `scheduler/scheduler_config.json` of the two folders of a Würstchen. */

import * as v from 'valibot';
import { positive } from '../../diffusion/config/fields.js';
import { parseAs } from '../../schema.js';

/** Of `DDPMWuerstchenScheduler`. */
export interface WuerstchenSchedulerConfig {
  /** Bends the noise levels: above 1 towards noise, below 1 the other way. */
  readonly scaler: number;
  /** Offset of the cosine, so that the first level is not without noise. */
  readonly offset: number;
}

/** Of `WuerstchenPriorPipeline`. */
export interface PriorIndex {
  /** Embeddings are latents * latentMean - latentStd. */
  readonly latentMean: number;
  readonly latentStd: number;
  /** Pixels of a picture for each row of its embeddings. */
  readonly resolutionMultiple: number;
}

/** Of `WuerstchenDecoderPipeline`. */
export interface DecoderIndex {
  /** Rows of latents for each row of embeddings. */
  readonly latentScale: number;
}

const finite = v.pipe(v.number(), v.finite());
/** A part as library and class. */
const part = (name: string) => v.tuple([v.nullable(v.string()), v.literal(name)]);

const priorSchema = v.object({
  _class_name: v.literal('WuerstchenPriorPipeline'),
  prior: part('WuerstchenPrior'),
  scheduler: part('DDPMWuerstchenScheduler'),
  text_encoder: part('CLIPTextModel'),
  latent_mean: v.nullish(finite, 42),
  latent_std: v.nullish(finite, 1),
  resolution_multiple: v.nullish(positive, 42.67),
});

const decoderSchema = v.object({
  _class_name: v.literal('WuerstchenDecoderPipeline'),
  decoder: part('WuerstchenDiffNeXt'),
  vqgan: part('PaellaVQModel'),
  scheduler: part('DDPMWuerstchenScheduler'),
  text_encoder: part('CLIPTextModel'),
  latent_dim_scale: v.nullish(positive, 10.67),
});

const schedulerSchema = v.object({
  _class_name: v.nullish(v.literal('DDPMWuerstchenScheduler')),
  scaler: v.nullish(positive, 1),
  s: v.nullish(positive, 0.008),
});

/** @throws BAD_MODEL naming the field or the part whose class Wick does not have */
export function parsePriorIndex(index: unknown, label = 'model_index.json'): PriorIndex {
  const file = parseAs(priorSchema, index, label, 'BAD_MODEL');
  return {
    latentMean: file.latent_mean,
    latentStd: file.latent_std,
    resolutionMultiple: file.resolution_multiple,
  };
}

/** @throws BAD_MODEL naming the field or the part whose class Wick does not have */
export function parseDecoderIndex(index: unknown, label = 'model_index.json'): DecoderIndex {
  return { latentScale: parseAs(decoderSchema, index, label, 'BAD_MODEL').latent_dim_scale };
}

/** @throws BAD_MODEL naming the field */
export function parseWuerstchenScheduler(
  config: unknown,
  label = 'scheduler/scheduler_config.json',
): WuerstchenSchedulerConfig {
  const file = parseAs(schedulerSchema, config, label, 'BAD_MODEL');
  return { scaler: file.scaler, offset: file.s };
}
