/**
 * Tiny autoencoders (TAESD, TAEF2 and their kin): pictures to latents with an eighth of the rows and
 * columns, and back. Activations are float32 whatever the weights are.
 */

import { type Device, WickError } from '@wick/core';
import type { Tensor } from '@wick/tensor';
import type { ByteFolder } from '../bytes/source.js';
import type { ForwardHooks } from '../diffusion/networks/layers.js';
import { openSafetensors } from '../safetensors/file.js';
import type { LoadWeightsOptions } from '../weights/load.js';
import type { Weights } from '../weights/weights.js';
import { TaesdNetwork } from './network.js';
import { decoderLayers, encoderLayers, splitIndex, TAESD_SCALE, type TaesdConfig } from './structure.js';

/** The two files of a tiny autoencoder, opened. Whoever does not load them closes them. */
export interface TinyAutoencoderFiles {
  readonly label: string;
  readonly encoder: Weights;
  readonly decoder: Weights;
}

/** Names of the published models: `<name>_encoder.safetensors` lies beside `<name>_decoder.safetensors`. */
export const TAESD_NAMES = ['taef2', 'taef1', 'taesd3', 'taesdxl', 'taesd'] as const;

/**
 * Opens the files of a tiny autoencoder.
 *
 * @param names what the files may be called; the first that is there counts
 * @throws WickError `BAD_MODEL` when there are none, `BAD_FILE`, `CANCELLED`
 */
export async function openTinyAutoencoder(
  folder: ByteFolder,
  names: readonly string[] = TAESD_NAMES,
  signal?: AbortSignal,
): Promise<TinyAutoencoderFiles> {
  const { label } = folder;
  for (const name of names) {
    const fileOf = (half: string) => `${name}_${half}.safetensors`;
    if (!(await folder.has(fileOf('encoder')))) continue;
    const encoder = await openSafetensors(await folder.open(fileOf('encoder')), signal);
    try {
      return { label, encoder, decoder: await openSafetensors(await folder.open(fileOf('decoder')), signal) };
    } catch (thrown) {
      await encoder.close();
      throw thrown;
    }
  }
  const known = names.map((name) => `${name}_encoder.safetensors`).join(', ');
  throw new WickError('BAD_MODEL', `${label} holds no tiny autoencoder: there is none of ${known}`, {
    label,
  });
}

export class TinyAutoencoder implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly config: TaesdConfig,
    readonly encoder: TaesdNetwork,
    readonly decoder: TaesdNetwork,
  ) {}

  /**
   * Loads both halves onto a device and closes their files. Which model of the family it is follows from
   * the weights.
   *
   * @throws WickError `BAD_MODEL` naming the parameter that does not fit, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    files: TinyAutoencoderFiles,
    options: Pick<LoadWeightsOptions, 'onProgress' | 'signal'> = {},
  ): Promise<TinyAutoencoder> {
    const { label } = files;
    try {
      const config = configOf(files.encoder);
      const encoder = await TaesdNetwork.load(
        device,
        'encoder',
        encoderLayers(config),
        files.encoder,
        options,
      );
      try {
        const layers = decoderLayers(config);
        const decoder = await TaesdNetwork.load(device, 'decoder', layers, files.decoder, options);
        return new TinyAutoencoder(label, config, encoder, decoder);
      } catch (thrown) {
        encoder[Symbol.dispose]();
        throw thrown;
      }
    } finally {
      await Promise.all([files.encoder.close(), files.decoder.close()]);
    }
  }

  get device(): Device {
    return this.encoder.device;
  }

  get parameterCount(): number {
    return this.encoder.parameterCount + this.decoder.parameterCount;
  }

  /**
   * Records an encoding.
   *
   * @param picture float32 [n, 3, h, w] in [0, 1]; h and w are multiples of 8
   * @returns latents, float32 [n, latentChannels, h / 8, w / 8]
   */
  encode(picture: Tensor, hooks: ForwardHooks = {}): Tensor {
    const [, , height, width] = picture.shape;
    if (height % TAESD_SCALE !== 0 || width % TAESD_SCALE !== 0) {
      throw new WickError(
        'SHAPE_MISMATCH',
        `a picture of ${width} x ${height} pixels cannot be encoded: both must be multiples of ${TAESD_SCALE}`,
      );
    }
    return this.encoder.forward(picture, 'all', hooks);
  }

  /**
   * Records a decoding.
   *
   * @param latents float32 [n, latentChannels, h, w]
   * @returns the picture, float32 [n, 3, 8 h, 8 w], about [0, 1] and not limited to it
   */
  decode(latents: Tensor, hooks: ForwardHooks = {}): Tensor {
    return this.decoder.forward(latents, 'all', hooks);
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.encoder[Symbol.dispose]();
    this.decoder[Symbol.dispose]();
  }
}

/** What an encoder's file says; where it is no encoder, something whose parameters will be missed by name. */
function configOf({ tensors }: Weights): TaesdConfig {
  const layers = encoderLayers({ latentChannels: 4, pooled: false });
  const latentChannels = tensors.get(`${layers.length - 1}.bias`)?.shape.at(0) ?? 4;
  return { latentChannels, pooled: tensors.has(`${splitIndex(layers)}.pool.0.weight`) };
}
