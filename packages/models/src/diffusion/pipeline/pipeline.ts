/** Stable Diffusion as a program uses it: prompts in, pictures out. */

import type { Device } from '@wick/core';
import { throwIfCancelled } from '../../cancel.js';
import type { RgbImage } from '../../image/image.js';
import { type OnProgress, ProgressCounter } from '../../progress.js';
import { vaeScale } from '../config/vae.js';
import type { DiffusionConfig, DiffusionFiles } from '../files.js';
import { AutoencoderKL } from '../networks/autoencoder-kl.js';
import { ClipTextEncoder } from '../networks/clip-text-encoder.js';
import { UNet2DConditionModel } from '../networks/unet.js';
import { createSchedule } from '../schedulers/create.js';
import type { Schedule } from '../schedulers/schedule.js';
import {
  type EncodedPrompt,
  encodePrompt,
  type Prompt,
  type PromptTokenizer,
} from '../text/prompt-tokenizer.js';
import { conditioning } from './conditioning.js';
import { Denoiser } from './denoiser.js';
import { seededNoise } from './noise.js';
import { checkDrawOptions, type DrawOptions, type DrawRequest } from './options.js';
import { decodePictures } from './pictures.js';
import { startLatents } from './start.js';
import { badOutput, faultOf } from './verdict.js';

/** Options of `StableDiffusionPipeline.load`. */
export interface LoadDiffusionOptions {
  /** Receives `read` events in bytes, for each network by itself. */
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The networks of a pipeline. */
export interface DiffusionNetworks {
  readonly textEncoder: ClipTextEncoder;
  readonly unet: UNet2DConditionModel;
  readonly vae: AutoencoderKL;
}

export class StableDiffusionPipeline implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly device: Device,
    readonly config: DiffusionConfig,
    readonly networks: DiffusionNetworks,
    readonly tokenizer: PromptTokenizer | undefined,
  ) {}

  /**
   * Loads a model onto a device and closes its files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`; then nothing stays on the device
   */
  static async load(
    device: Device,
    files: DiffusionFiles,
    options: LoadDiffusionOptions = {},
  ): Promise<StableDiffusionPipeline> {
    const { label, config, weights, tokenizer } = files;
    const loaded: Disposable[] = [];
    const keep = <T extends Disposable>(network: T): T => {
      loaded.push(network);
      return network;
    };
    try {
      const networks = {
        textEncoder: keep(
          await ClipTextEncoder.load(device, config.textEncoder, weights.textEncoder, options),
        ),
        unet: keep(await UNet2DConditionModel.load(device, config.unet, weights.unet, options)),
        vae: keep(await AutoencoderKL.load(device, config.vae, weights.vae, options)),
      };
      return new StableDiffusionPipeline(label, device, config, networks, tokenizer);
    } catch (thrown) {
      for (const network of loaded) network[Symbol.dispose]();
      throw thrown;
    } finally {
      await Promise.all(Object.values(weights).map((part) => part.close()));
    }
  }

  get parameterCount(): number {
    const { textEncoder, unet, vae } = this.networks;
    return textEncoder.parameterCount + unet.parameterCount + vae.parameterCount;
  }

  /** Pixels of the pictures that it was trained on, and what widths and heights are multiples of. */
  get size(): { readonly trained: number; readonly multiple: number } {
    const multiple = vaeScale(this.config.vae);
    return { trained: this.config.unet.sampleSize * multiple, multiple };
  }

  /**
   * The token ids of a prompt as the text encoder takes them, and what of it is cut off.
   *
   * @throws WickError `INVALID_ARGUMENT`
   */
  tokenize(prompt: Prompt): EncodedPrompt {
    return encodePrompt(prompt, this.tokenizer, this.config.textEncoder);
  }

  /**
   * Draws one picture for each prompt. Equal options give equal pictures on every backend, up to rounding in
   * the networks; a picture does not depend on the others of its batch. One step is recorded and planned,
   * and replayed for the others.
   *
   * @throws WickError `INVALID_ARGUMENT`, `BAD_MODEL` for a scheduler of the files that Wick does not have,
   * `CANCELLED`, `BAD_OUTPUT` when a result is not a number or a picture all black, naming the layer in
   * which it went wrong
   */
  async draw(options: DrawOptions): Promise<RgbImage[]> {
    const { trained, multiple } = this.size;
    const request = checkDrawOptions(options, trained, multiple);
    const { prompts, steps, guidance, strength, negativePrompt } = request;
    const { scheduler, eta, onWarning, signal, precision } = options;
    const schedule = createSchedule(this.config.scheduler, { scheduler, steps, eta, strength });
    const guided = guidance > 1;
    throwIfCancelled(signal, 'Drawing');
    const { textEncoder, unet, vae } = this.networks;
    using states = await conditioning(textEncoder, this.tokenizer, {
      prompts,
      guided,
      negativePrompt,
      onWarning,
      signal,
    });
    const shape = [this.config.unet.inChannels, request.height / multiple, request.width / multiple];
    const { image, noise } = options;
    const { seeds } = request;
    const latents = await startLatents(vae, { schedule, seeds, shape, image, noise, signal });
    using denoiser = new Denoiser(unet, latents, {
      schedule,
      states,
      guidance: guided ? guidance : undefined,
      precision,
    });
    await this.#denoise(denoiser, schedule, request, options);
    return await decodePictures(vae, denoiser.latents, signal);
  }

  async #denoise(
    denoiser: Denoiser,
    schedule: Schedule,
    { seeds }: DrawRequest,
    { onProgress, onStep, signal }: DrawOptions,
  ): Promise<void> {
    const { device } = this;
    const { steps } = schedule;
    const progress = new ProgressCounter('step', this.name, steps.length, onProgress);
    const [, ...shape] = denoiser.latents.shape;
    for (const [i, { timestep }] of steps.entries()) {
      throwIfCancelled(signal, 'Drawing');
      using noise = schedule.usesNoise ? seededNoise(device, seeds, shape, { step: i }).keep() : undefined;
      const fault = faultOf(await denoiser.advance(noise, signal));
      if (fault !== undefined) {
        const stage = {
          name: 'unet',
          problem: `the latents are ${fault} after step ${i + 1} of ${steps.length}`,
          zeros: fault.startsWith('zero'),
          repeat: denoiser.repeat.bind(denoiser),
        };
        throw await badOutput(device, stage, signal);
      }
      progress.add(1);
      const { latents } = denoiser;
      await onStep?.({
        step: i + 1,
        steps: steps.length,
        timestep,
        latents,
        preview: () => decodePictures(this.networks.vae, latents, signal),
      });
    }
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    const { textEncoder, unet, vae } = this.networks;
    for (const network of [textEncoder, unet, vae]) network[Symbol.dispose]();
  }
}
