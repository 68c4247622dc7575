/** A picture through an autoencoder and back, in bounded device memory. */

import type { Device } from '@wick/core';
import { type Tensor, tensor } from '@wick/tensor';
import { readOptions, throwIfCancelled } from '../cancel.js';
import type { Observe } from '../diffusion/networks/layers.js';
import { badOutput } from '../diffusion/pipeline/verdict.js';
import { cropImage, padImage, pasteImage, type RgbImage, scaleRectangle } from '../image/image.js';
import { imageToTensor, planesToImage, UNIT_RANGE } from '../image/tensor.js';
import { type OnProgress, ProgressCounter } from '../progress.js';
import { cutPlanes, pastePlanes } from '../tiling/planes.js';
import { coreInside, planTiles, type Tile } from '../tiling/tiles.js';
import { TAESD_SCALE, TAESD_WIDTH } from './structure.js';
import type { TinyAutoencoder } from './tiny-autoencoder.js';

/** Options of `reconstruct`. */
export interface ReconstructOptions {
  /**
   * Longest side in pixels of what is computed at once at the higher resolutions, beside the surroundings
   * that it sees; a multiple of 8. Less takes less memory and more time; the result is the same.
   * Default: 640, for about half a gigabyte of device memory.
   */
  readonly tileSize?: number;
  /** Receives `tile` events: the tiles of the encoder, then those of the decoder. */
  readonly onProgress?: OnProgress | undefined;
  /** Ends with `CANCELLED`, between two tiles or while one is waited for. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TILE_SIZE = 640;

/** Everything that the steps of one reconstruction share. */
interface Job {
  readonly autoencoder: TinyAutoencoder;
  readonly device: Device;
  readonly encoderTiles: readonly Tile[];
  readonly decoderTiles: readonly Tile[];
  readonly progress: ProgressCounter;
  readonly signal: AbortSignal | undefined;
}

/**
 * Encodes a picture and decodes its latents. A size that is no multiple of 8 is filled up with the pixels
 * of the edge and cut to size again. Large pictures are worked on in tiles at the higher resolutions and as
 * a whole at an eighth of the size, where group norms see all of it, so the result is that of the whole.
 *
 * @throws WickError `INVALID_ARGUMENT` for an unusable picture or tile size, `CANCELLED`, `BAD_OUTPUT`
 * naming the layer after which values are not finite
 */
export async function reconstruct(
  image: RgbImage,
  autoencoder: TinyAutoencoder,
  options: ReconstructOptions = {},
): Promise<RgbImage> {
  const { tileSize = DEFAULT_TILE_SIZE, onProgress, signal } = options;
  const { device, encoder, decoder } = autoencoder;
  const whole = padImage(image, multiple(image.width), multiple(image.height));
  const [width, height] = [whole.width / TAESD_SCALE, whole.height / TAESD_SCALE];
  const encoderTiles = planTiles(whole.width, whole.height, {
    size: tileSize,
    halo: encoder.reach('first'),
    multiple: TAESD_SCALE,
  });
  const decoderTiles = planTiles(width, height, {
    size: tileSize / TAESD_SCALE,
    halo: decoder.reach('second'),
  });
  const total = encoderTiles.length + decoderTiles.length;
  const progress = new ProgressCounter('tile', autoencoder.name, total, onProgress);
  const job: Job = { autoencoder, device, encoderTiles, decoderTiles, progress, signal };
  using latents = await encodeWhole(job, whole);
  const decoded = await decodeWhole(job, latents);
  return cropImage(decoded, { left: 0, top: 0, width: image.width, height: image.height });
}

const multiple = (size: number): number => Math.ceil(size / TAESD_SCALE) * TAESD_SCALE;

/** The latents of a picture, [1, latentChannels, h / 8, w / 8]; they outlive every scope. */
async function encodeWhole(job: Job, image: RgbImage): Promise<Tensor> {
  const { device, autoencoder, signal } = job;
  using features = await encoderFeatures(job, image);
  const latents = device.run(() => autoencoder.encoder.forward(features, 'second')).keep();
  try {
    const values = await latents.data(readOptions(signal));
    if (values.some(Number.isNaN)) {
      const stage = {
        name: 'encoder',
        problem: 'the latents are not a number',
        zeros: false,
        repeat: (observe: Observe) => autoencoder.encode(imageToTensor(device, image), { observe }),
      };
      throw await badOutput(device, stage, signal);
    }
    return latents;
  } catch (thrown) {
    latents.dispose();
    throw thrown;
  }
}

/** What the encoder's first part makes of a picture, tile by tile. */
async function encoderFeatures(job: Job, image: RgbImage): Promise<Tensor> {
  const { device, autoencoder, encoderTiles, progress, signal } = job;
  const [height, width] = [image.height / TAESD_SCALE, image.width / TAESD_SCALE];
  const whole = new Float32Array(TAESD_WIDTH * height * width);
  for (const tile of encoderTiles) {
    throwIfCancelled(signal, 'Encoding');
    using core = device.run(
      () => {
        const picture = imageToTensor(device, cropImage(image, tile.input));
        const seen = autoencoder.encoder.forward(picture, 'first');
        return cutPlanes(seen, scaleRectangle(coreInside(tile), 1 / TAESD_SCALE));
      },
      { label: 'encode' },
    );
    const values = await core.data(readOptions(signal));
    pastePlanes(whole, TAESD_WIDTH, height, width, values, scaleRectangle(tile.core, 1 / TAESD_SCALE));
    progress.add(1);
  }
  return tensor(device, whole, [1, TAESD_WIDTH, height, width], { label: 'features' }).keep();
}

/** The picture of latents, in a multiple of 8 pixels. */
async function decodeWhole(job: Job, latents: Tensor): Promise<RgbImage> {
  const { device, autoencoder, decoderTiles, progress, signal } = job;
  const [, , height, width] = latents.shape;
  const [fullWidth, fullHeight] = [width * TAESD_SCALE, height * TAESD_SCALE];
  const picture: RgbImage = {
    width: fullWidth,
    height: fullHeight,
    data: new Uint8Array(3 * fullWidth * fullHeight),
  };
  using features = device.run(() => autoencoder.decoder.forward(latents, 'first')).keep();
  for (const tile of decoderTiles) {
    throwIfCancelled(signal, 'Decoding');
    using core = device.run(
      () => {
        const decoded = autoencoder.decoder.forward(cutPlanes(features, tile.input), 'second');
        return cutPlanes(decoded, scaleRectangle(coreInside(tile), TAESD_SCALE));
      },
      { label: 'decode' },
    );
    const values = await core.data(readOptions(signal));
    const place = scaleRectangle(tile.core, TAESD_SCALE);
    if (values.some(Number.isNaN)) {
      const stage = {
        name: 'decoder',
        problem: 'the picture is not a number',
        zeros: false,
        repeat: (observe: Observe) => autoencoder.decode(latents, { observe }),
      };
      throw await badOutput(device, stage, signal);
    }
    const part = planesToImage(values, place.width, place.height, UNIT_RANGE);
    pasteImage(picture, part, place.left, place.top);
    progress.add(1);
  }
  return picture;
}
