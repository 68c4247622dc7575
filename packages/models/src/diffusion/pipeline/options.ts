/** What a drawing can be asked for, checked before anything is computed. */

import { WickError } from '@wick/core';
import type { Tensor } from '@wick/tensor';
import { checkImage, type RgbImage } from '../../image/image.js';
import type { OnProgress } from '../../progress.js';
import type { SchedulerName } from '../config/scheduler.js';
import type { Prompt } from '../text/prompt-tokenizer.js';

/** Something that a user should know although the drawing goes on. */
export interface PromptCutWarning {
  readonly kind: 'prompt-cut';
  readonly prompt: string;
  /** Tokens of the prompt with the special ones, and how many a prompt may have. */
  readonly tokens: number;
  readonly limit: number;
  /** The end of the prompt, which is not drawn. */
  readonly dropped: string;
}

export type DrawWarning = PromptCutWarning;

/** A step that was just done. */
export interface StepReport {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** What the UNet was told. */
  readonly timestep: number;
  /** The latents after the step, [n, channels, h, w]; only valid during the call. */
  readonly latents: Tensor;
  /** Decodes the latents: what the pictures look like so far. Costs a decoding of each. */
  preview(): Promise<RgbImage[]>;
}

/** Options of `StableDiffusionPipeline.draw`. */
export interface DrawOptions {
  /** One picture is drawn for each. */
  readonly prompts: readonly Prompt[];
  /** What is not wanted in any of them. Default: the empty text. */
  readonly negativePrompt?: Prompt | undefined;
  /** Default: 20. */
  readonly steps?: number | undefined;
  /** How strongly the prompt counts; at 1 and below the negative prompt is not looked at. Default: 7.5. */
  readonly guidance?: number | undefined;
  /** Default: the one of the model. */
  readonly scheduler?: SchedulerName | undefined;
  /** DDIM only: share of fresh noise in each step, 0 to 1. Default: 0. */
  readonly eta?: number | undefined;
  /** Picture i is drawn from `seed + i`. Default: 0. */
  readonly seed?: number | undefined;
  /** Pixels, multiples of the autoencoder's scale. Default: what the model was trained on, or the picture's. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** A picture to begin with, of the size that is drawn. */
  readonly image?: RgbImage | undefined;
  /** How far the drawing goes from `image`: the share of the steps that is done, above 0 to 1. Default: 0.8. */
  readonly strength?: number | undefined;
  /** Standard normals to begin with in place of those of the seed, [n, channels, h, w] row-major. */
  readonly noise?: Float32Array | undefined;
  /** Dtype of the UNet's activations. Default: float32. */
  readonly precision?: 'float32' | 'float16' | undefined;
  /** Receives `step` events. */
  readonly onProgress?: OnProgress | undefined;
  readonly onWarning?: ((warning: DrawWarning) => void) | undefined;
  /** Called after each step; the next one waits for it. */
  readonly onStep?: ((report: StepReport) => void | Promise<void>) | undefined;
  /** Ends the drawing with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

/** The options with their defaults. */
export interface DrawRequest {
  readonly prompts: readonly Prompt[];
  readonly negativePrompt: Prompt | undefined;
  readonly steps: number;
  readonly guidance: number;
  readonly seeds: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly strength: number;
}

const DEFAULT_STEPS = 20;
const DEFAULT_GUIDANCE = 7.5;
const DEFAULT_STRENGTH = 0.8;

/**
 * @param trained pixels of the pictures that the model was trained on
 * @param scale pixels for each row of latents
 * @throws WickError `INVALID_ARGUMENT`
 */
export function checkDrawOptions(options: DrawOptions, trained: number, scale: number): DrawRequest {
  const { prompts, negativePrompt, image, seed = 0, guidance = DEFAULT_GUIDANCE } = options;
  if (prompts.length === 0) throw invalid('there is no prompt');
  if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(seed + prompts.length)) {
    throw invalid(`the seed is ${seed}, not a whole number from 0 to 2^53`);
  }
  if (!Number.isFinite(guidance)) throw invalid(`the guidance is ${guidance}`);
  if (image !== undefined) checkImage(image, 'the picture to begin with');
  const width = options.width ?? image?.width ?? trained;
  const height = options.height ?? image?.height ?? trained;
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(size) || size < scale || size % scale !== 0) {
      throw invalid(`the ${name} is ${size}, not a multiple of ${scale}`);
    }
  }
  if (image !== undefined && (image.width !== width || image.height !== height)) {
    throw invalid(
      `the picture to begin with has ${image.width} x ${image.height} pixels, not ${width} x ${height}`,
    );
  }
  return {
    prompts,
    negativePrompt,
    steps: options.steps ?? DEFAULT_STEPS,
    guidance,
    seeds: prompts.map((_, i) => seed + i),
    width,
    height,
    strength: image === undefined ? 1 : (options.strength ?? DEFAULT_STRENGTH),
  };
}

function invalid(message: string): WickError {
  return new WickError('INVALID_ARGUMENT', message);
}
