/** One face for all picture models: prompts in, pictures out, whatever pipeline draws them. */

import { type Device, WickError } from '@wick/core';
import { type LoadDiffusionOptions, StableDiffusionPipeline } from '../diffusion/pipeline/pipeline.js';
import type { RgbImage } from '../image/image.js';
import { WuerstchenPipeline } from '../wuerstchen/pipeline/pipeline.js';
import { evenLevels } from '../wuerstchen/scheduler.js';
import type { PictureModelFiles } from './files.js';
import type { PictureOptions } from './options.js';

export interface PictureModel extends Disposable {
  readonly kind: PictureModelFiles['kind'];
  readonly parameterCount: number;
  /** Diffusions that one drawing goes through, each with `step` events of its own. */
  readonly stages: number;
  /**
   * Draws one picture for each prompt. Equal options give equal pictures, whatever else is in the batch.
   *
   * @throws WickError `INVALID_ARGUMENT` also for an option that the model does not have, `BAD_MODEL`,
   * `CANCELLED`, `BAD_OUTPUT` when a result is not a number or a picture all black, naming the layer in
   * which it went wrong
   */
  draw(options: PictureOptions): Promise<RgbImage[]>;
}

/**
 * Loads a picture model onto a device and closes its files.
 *
 * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`; then nothing stays on the device
 */
export async function loadPictureModel(
  device: Device,
  opened: PictureModelFiles,
  options: LoadDiffusionOptions = {},
): Promise<PictureModel> {
  return opened.kind === 'wuerstchen'
    ? wuerstchenModel(await WuerstchenPipeline.load(device, opened.files, options))
    : diffusionModel(await StableDiffusionPipeline.load(device, opened.files, options));
}

function diffusionModel(pipeline: StableDiffusionPipeline): PictureModel {
  return {
    kind: 'stable-diffusion',
    parameterCount: pipeline.parameterCount,
    stages: 1,
    async draw({ decoderSteps, ...options }) {
      refuse('Stable Diffusion', { 'steps of a decoder': decoderSteps });
      return pipeline.draw(options);
    },
    [Symbol.dispose]: () => pipeline[Symbol.dispose](),
  };
}

function wuerstchenModel(pipeline: WuerstchenPipeline): PictureModel {
  return {
    kind: 'wuerstchen',
    parameterCount: pipeline.parameterCount,
    stages: 2,
    async draw(options) {
      const { steps, decoderSteps, guidance, scheduler, eta, image, strength, precision, onStep, ...shared } =
        options;
      refuse('Würstchen', {
        'other scheduler': scheduler,
        eta,
        'picture to begin with': image,
        strength,
        'choice of precision': precision,
      });
      const { signal } = shared;
      return pipeline.draw({
        ...shared,
        prior: { levels: levelsOf(steps), guidance },
        decoder: { levels: levelsOf(decoderSteps) },
        onStep: ({ stage, step, steps: count, latents }) =>
          onStep?.({
            step,
            steps: count,
            preview: stage === 'prior' ? undefined : () => pipeline.decoder.pictures(latents, { signal }),
          }),
      });
    },
    [Symbol.dispose]: () => pipeline[Symbol.dispose](),
  };
}

/** Most noise levels that make sense: the networks tell no more apart. */
const MOST_STEPS = 1000;

function levelsOf(steps: number | undefined): readonly number[] | undefined {
  if (steps === undefined) return undefined;
  if (Number.isSafeInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return evenLevels(steps);
  throw new WickError('INVALID_ARGUMENT', `${steps} is no number of steps from 1 to ${MOST_STEPS}`);
}

function refuse(model: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  throw new WickError('INVALID_ARGUMENT', `${model} has no ${given[0]}`);
}
