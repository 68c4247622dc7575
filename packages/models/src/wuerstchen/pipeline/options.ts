/** What a Würstchen can be asked for, checked before anything is computed. */

import { WickError } from '@wick/core';
import type { Tensor } from '@wick/tensor';
import type { DrawWarning } from '../../diffusion/pipeline/options.js';
import type { OnProgress } from '../../progress.js';

/**
 * A text, or token ids filled up to the length of the text encoder, of which the first `tokens` count; the
 * others are hidden from them.
 */
export type WuerstchenPrompt = string | { readonly ids: readonly number[]; readonly tokens: number };

/** A step that was just done. */
export interface WuerstchenStepReport {
  readonly stage: 'prior' | 'decoder';
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  /** The noise level that the step began at. */
  readonly level: number;
  /** After the step, [n, channels, h, w]; only valid during the call. */
  readonly latents: Tensor;
}

/** Standard normals in place of those of a seed, row-major in the shape of the latents. */
export interface GivenNoise {
  readonly start: Float32Array;
  /** One for each step. */
  readonly steps: readonly Float32Array[];
}

/** What is said while the work goes on, and how it ends early. */
export interface WuerstchenListeners {
  /** Receives `step` events. */
  readonly onProgress?: OnProgress | undefined;
  readonly onWarning?: ((warning: DrawWarning) => void) | undefined;
  /** Called after each step; the next one waits for it. */
  readonly onStep?: ((report: WuerstchenStepReport) => void | Promise<void>) | undefined;
  /** Ends the work with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

/** How one of the two diffusions is run. */
export interface StageOptions {
  /**
   * Noise levels, falling from 1 to 0: one more than there are steps. Default: 60 equal steps for the prior,
   * 12 for the decoder. `DEFAULT_PRIOR_LEVELS` are those that the published prior was made for.
   */
  readonly levels?: readonly number[] | undefined;
  /**
   * How strongly the prompt counts; at 1 and below the negative prompt is not looked at. Default: 4 for the
   * prior, 0 for the decoder.
   */
  readonly guidance?: number | undefined;
  readonly noise?: GivenNoise | undefined;
}

/** What is drawn. */
export interface TextOptions {
  /** One picture is drawn for each. */
  readonly prompts: readonly WuerstchenPrompt[];
  /** What is not wanted in any of them. Default: the empty text. */
  readonly negativePrompt?: WuerstchenPrompt | undefined;
  /** Picture i is drawn from `seed + i`. Default: 0. */
  readonly seed?: number | undefined;
}

/** Options of `WuerstchenPriorPipeline.embed`. */
export interface PriorOptions extends TextOptions, StageOptions, WuerstchenListeners {
  /** Pixels of the pictures. Default: 1024. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Options of `WuerstchenDecoderPipeline.draw`. */
export interface DecoderOptions extends TextOptions, StageOptions, WuerstchenListeners {}

/** Options of `WuerstchenPipeline.draw`. */
export interface WuerstchenDrawOptions extends TextOptions, WuerstchenListeners {
  /** Pixels of the pictures, multiples of 128 with the published models. Default: 1024. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly prior?: StageOptions | undefined;
  readonly decoder?: StageOptions | undefined;
}

/** Seeds of the decoder lie this far behind those of the prior, so that the two never draw the same numbers. */
export const DECODER_SEEDS = 2 ** 52;

/** A seed for each picture. `INVALID_ARGUMENT` without prompts, and for a seed that is none. */
export function checkSeeds({ prompts, seed = 0 }: TextOptions): number[] {
  if (prompts.length === 0) throw invalid('there is no prompt');
  if (!Number.isSafeInteger(seed) || seed < 0 || seed + prompts.length > DECODER_SEEDS) {
    throw invalid(`the seed is ${seed}, not a whole number from 0 to 2^52`);
  }
  return prompts.map((_, i) => seed + i);
}

/** `INVALID_ARGUMENT` unless it is a finite number. */
export function checkGuidance(guidance: number): number {
  if (Number.isFinite(guidance)) return guidance;
  throw invalid(`the guidance is ${guidance}`);
}

/** `INVALID_ARGUMENT` unless both are whole and at least 1. */
export function checkSize(width: number, height: number): void {
  for (const [name, size] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(size) || size < 1) throw invalid(`the ${name} is ${size}`);
  }
}

export function invalid(message: string): WickError {
  return new WickError('INVALID_ARGUMENT', message);
}
