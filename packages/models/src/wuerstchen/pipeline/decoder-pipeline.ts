/** The second stage of Würstchen as a program uses it: embeddings and prompts to pictures. */

import type { Device } from '@wick/core';
import { concat, type Tensor, zeros } from '@wick/tensor';
import { ClipTextEncoder, type LoadNetworkOptions } from '../../diffusion/networks/clip-text-encoder.js';
import type { PromptTokenizer } from '../../diffusion/text/prompt-tokenizer.js';
import type { RgbImage } from '../../image/image.js';
import { closeAll, type WuerstchenDecoderFiles } from '../files.js';
import { WuerstchenDecoder } from '../networks/decoder.js';
import { PaellaVQModel } from '../networks/vqgan.js';
import { evenLevels, wuerstchenSteps } from '../scheduler.js';
import { denoise } from './denoise.js';
import { checkGuidance, checkSeeds, DECODER_SEEDS, type DecoderOptions, invalid } from './options.js';
import { type DecodeOptions, decodeLatents } from './pictures.js';
import { encodeTexts } from './texts.js';

const DEFAULT_STEPS = 12;
const DEFAULT_GUIDANCE = 0;

/** The networks of a decoder pipeline. */
export interface WuerstchenDecoderNetworks {
  readonly textEncoder: ClipTextEncoder;
  readonly decoder: WuerstchenDecoder;
  readonly vqgan: PaellaVQModel;
}

export class WuerstchenDecoderPipeline implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly config: WuerstchenDecoderFiles['config'],
    readonly networks: WuerstchenDecoderNetworks,
    readonly tokenizer: PromptTokenizer | undefined,
  ) {}

  /**
   * Loads the networks onto a device and closes their files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`; then nothing stays on the device
   */
  static async load(
    device: Device,
    { label, config, tokenizer, weights }: WuerstchenDecoderFiles,
    options: LoadNetworkOptions = {},
  ): Promise<WuerstchenDecoderPipeline> {
    const loaded: Disposable[] = [];
    const keep = <T extends Disposable>(network: T): T => {
      loaded.push(network);
      return network;
    };
    try {
      const { textEncoder, decoder, vqgan } = config;
      const networks = {
        textEncoder: keep(await ClipTextEncoder.load(device, textEncoder, weights.textEncoder, options)),
        decoder: keep(await WuerstchenDecoder.load(device, decoder, weights.decoder, options)),
        vqgan: keep(await PaellaVQModel.load(device, vqgan, weights.vqgan, options)),
      };
      return new WuerstchenDecoderPipeline(label, config, networks, tokenizer);
    } catch (thrown) {
      for (const network of loaded) network[Symbol.dispose]();
      throw thrown;
    } finally {
      await closeAll(weights);
    }
  }

  get device(): Device {
    return this.networks.decoder.device;
  }

  get parameterCount(): number {
    const { textEncoder, decoder, vqgan } = this.networks;
    return textEncoder.parameterCount + decoder.parameterCount + vqgan.parameterCount;
  }

  /**
   * Draws one picture for each prompt.
   *
   * @param embeddings of the pictures, as the prior gives them: [n, channels, rows, columns]; they stay with
   * the caller
   * @throws WickError `INVALID_ARGUMENT`, `CANCELLED`, `BAD_OUTPUT` naming the layer that went wrong
   */
  async draw(embeddings: Tensor, options: DecoderOptions): Promise<RgbImage[]> {
    using latents = await this.latents(embeddings, options);
    return await this.pictures(latents, { signal: options.signal });
  }

  /** The latents of the pictures, float32 [n, channels, h, w]; they outlive every scope. Throws as {@link draw}. */
  async latents(embeddings: Tensor, options: DecoderOptions): Promise<Tensor> {
    const { levels = evenLevels(DEFAULT_STEPS) } = options;
    const { scheduler, decoder: network } = this.config;
    const { decoder, textEncoder } = this.networks;
    const seeds = checkSeeds(options).map((seed) => seed + DECODER_SEEDS);
    const steps = wuerstchenSteps(levels, scheduler);
    const guidance = checkGuidance(options.guidance ?? DEFAULT_GUIDANCE);
    const guided = guidance > 1;
    const [count, , rows, columns] = embeddings.shape;
    if (embeddings.rank !== 4 || count !== seeds.length) {
      throw invalid(`the embeddings are [${embeddings.shape.join(', ')}] for ${seeds.length} prompts`);
    }
    const size = this.latentSize(rows, columns);
    using states = await encodeTexts(textEncoder, this.tokenizer, guided, options);
    using seen = guided
      ? this.device.run(() => concat([embeddings, zeros(this.device, embeddings.shape)])).keep()
      : embeddings.reshape(embeddings.shape).keep();
    return await denoise({
      device: this.device,
      stage: 'decoder',
      steps,
      shape: [count, network.channels, ...size],
      guidance: guided ? guidance : undefined,
      levelSize: network.levelSize,
      predict: (x, level, hooks) => decoder.forward(x, { level, embeddings: seen, states }, hooks),
      seeds,
      noise: options.noise,
      listeners: options,
    });
  }

  /**
   * Rows and columns of latents for those of embeddings.
   *
   * @throws WickError `INVALID_ARGUMENT` when the decoder cannot halve them as often as it does
   */
  latentSize(rows: number, columns: number): [number, number] {
    const { multiple } = this.networks.decoder;
    const [height, width] = [rows, columns].map((cells) => Math.floor(cells * this.config.index.latentScale));
    if (height >= multiple && width >= multiple && height % multiple === 0 && width % multiple === 0) {
      return [height, width];
    }
    throw invalid(
      `pictures of this size have latents of ${width} x ${height}, which the decoder cannot halve often ` +
        `enough: both must be multiples of ${multiple}; multiples of 128 pixels work with the published models`,
    );
  }

  /** Decodes latents; throws as `decodeLatents`. */
  pictures(latents: Tensor, options: DecodeOptions = {}): Promise<RgbImage[]> {
    return decodeLatents(this.networks.vqgan, latents, options);
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    const { textEncoder, decoder, vqgan } = this.networks;
    for (const network of [textEncoder, decoder, vqgan]) network[Symbol.dispose]();
  }
}
