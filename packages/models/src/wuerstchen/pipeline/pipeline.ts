/** Würstchen (Pernias et al. 2023) as a program uses it: prompts in, pictures out. */

import type { Device } from '@wick/core';
import type { LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import type { RgbImage } from '../../image/image.js';
import { closeAll, type WuerstchenFiles } from '../files.js';
import { WuerstchenDecoderPipeline } from './decoder-pipeline.js';
import { checkSize, type WuerstchenDrawOptions } from './options.js';
import { WuerstchenPriorPipeline } from './prior-pipeline.js';

const DEFAULT_SIZE = 1024;

export class WuerstchenPipeline implements Disposable {
  private constructor(
    readonly prior: WuerstchenPriorPipeline,
    readonly decoder: WuerstchenDecoderPipeline,
  ) {}

  /**
   * Loads both stages onto a device and closes their files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`; then nothing stays on the device
   */
  static async load(
    device: Device,
    files: WuerstchenFiles,
    options: LoadNetworkOptions = {},
  ): Promise<WuerstchenPipeline> {
    let prior: WuerstchenPriorPipeline | undefined;
    try {
      prior = await WuerstchenPriorPipeline.load(device, files.prior, options);
      return new WuerstchenPipeline(
        prior,
        await WuerstchenDecoderPipeline.load(device, files.decoder, options),
      );
    } catch (thrown) {
      prior?.[Symbol.dispose]();
      await closeAll(files.decoder.weights);
      throw thrown;
    }
  }

  get device(): Device {
    return this.prior.device;
  }

  get parameterCount(): number {
    return this.prior.parameterCount + this.decoder.parameterCount;
  }

  /**
   * Draws one picture for each prompt: embeddings by the prior, then pictures by the decoder. Equal options
   * give equal pictures on every backend, up to rounding in the networks.
   *
   * @throws WickError `INVALID_ARGUMENT` also for a size that the decoder cannot draw, `CANCELLED`,
   * `BAD_OUTPUT` when a result is not a number or a picture all black, naming the layer that went wrong
   */
  async draw(options: WuerstchenDrawOptions): Promise<RgbImage[]> {
    const { prior, decoder, width = DEFAULT_SIZE, height = DEFAULT_SIZE, ...shared } = options;
    checkSize(width, height);
    const { resolutionMultiple } = this.prior.config.index;
    // Before the prior runs: a size that the decoder would refuse is refused at once.
    this.decoder.latentSize(Math.ceil(height / resolutionMultiple), Math.ceil(width / resolutionMultiple));
    using embeddings = await this.prior.embed({ ...shared, ...prior, width, height });
    return await this.decoder.draw(embeddings, { ...shared, ...decoder });
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.prior[Symbol.dispose]();
    this.decoder[Symbol.dispose]();
  }
}
