/** The first stage of Würstchen as a program uses it: prompts to the embeddings of pictures. */

import type { Device } from '@wick/core';
import type { Tensor } from '@wick/tensor';
import { ClipTextEncoder, type LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import type { PromptTokenizer } from '../../diffusion/text/prompt-tokenizer.js';
import { closeAll, type WuerstchenPriorFiles } from '../files.js';
import { WuerstchenPrior } from '../networks/prior.js';
import { evenLevels, wuerstchenSteps } from '../scheduler.js';
import { denoise } from './denoise.js';
import { checkGuidance, checkSeeds, checkSize, type PriorOptions } from './options.js';
import { encodeTexts } from './texts.js';

const DEFAULT_STEPS = 60;
const DEFAULT_GUIDANCE = 4;
const DEFAULT_SIZE = 1024;

export class WuerstchenPriorPipeline implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly config: WuerstchenPriorFiles['config'],
    readonly textEncoder: ClipTextEncoder,
    readonly prior: WuerstchenPrior,
    readonly tokenizer: PromptTokenizer | undefined,
  ) {}

  /**
   * Loads the networks onto a device and closes their files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`; then nothing stays on the device
   */
  static async load(
    device: Device,
    { label, config, tokenizer, weights }: WuerstchenPriorFiles,
    options: LoadNetworkOptions = {},
  ): Promise<WuerstchenPriorPipeline> {
    try {
      const texts = await ClipTextEncoder.load(device, config.textEncoder, weights.textEncoder, options);
      try {
        const prior = await WuerstchenPrior.load(device, config.prior, weights.prior, options);
        return new WuerstchenPriorPipeline(label, config, texts, prior, tokenizer);
      } catch (thrown) {
        texts[Symbol.dispose]();
        throw thrown;
      }
    } finally {
      await closeAll(weights);
    }
  }

  get device(): Device {
    return this.prior.device;
  }

  get parameterCount(): number {
    return this.textEncoder.parameterCount + this.prior.parameterCount;
  }

  /**
   * The embeddings of one picture for each prompt, float32 [n, channels, ceil(height / m), ceil(width / m)],
   * m being the model's `resolutionMultiple`. They outlive every scope.
   *
   * @throws WickError `INVALID_ARGUMENT`, `CANCELLED`, `BAD_OUTPUT` naming the layer that went wrong
   */
  async embed(options: PriorOptions): Promise<Tensor> {
    const { width = DEFAULT_SIZE, height = DEFAULT_SIZE, levels = evenLevels(DEFAULT_STEPS) } = options;
    const { index, scheduler, prior: network } = this.config;
    checkSize(width, height);
    const seeds = checkSeeds(options);
    const steps = wuerstchenSteps(levels, scheduler);
    const guidance = checkGuidance(options.guidance ?? DEFAULT_GUIDANCE);
    const guided = guidance > 1;
    using states = await encodeTexts(this.textEncoder, this.tokenizer, guided, options);
    const cells = (pixels: number): number => Math.ceil(pixels / index.resolutionMultiple);
    using latents = await denoise({
      device: this.device,
      stage: 'prior',
      steps,
      shape: [seeds.length, network.channels, cells(height), cells(width)],
      guidance: guided ? guidance : undefined,
      levelSize: network.levelSize,
      predict: (x, level, hooks) => this.prior.forward(x, level, states, hooks),
      seeds,
      noise: options.noise,
      listeners: options,
    });
    return this.device.run(() => latents.mul(index.latentMean).sub(index.latentStd)).keep();
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.textEncoder[Symbol.dispose]();
    this.prior[Symbol.dispose]();
  }
}
