/** Enlarging pictures with a super-resolution network, tile by tile. */

import type { Device } from '@wick/core';
import { readJson } from '../bytes/json.js';
import type { ByteFolder } from '../bytes/source.js';
import { readOptions, throwIfCancelled } from '../cancel.js';
import type { Observe } from '../diffusion/networks/layers.js';
import { badOutput } from '../diffusion/pipeline/verdict.js';
import { checkImage, cropImage, pasteImage, type RgbImage, scaleRectangle } from '../image/image.js';
import { BYTE_RANGE, imageToTensor, planesToImage } from '../image/tensor.js';
import { type OnProgress, ProgressCounter } from '../progress.js';
import { parseTfjsModel, type TfjsModel } from '../tfjs/model-json.js';
import { openTfjsWeights } from '../tfjs/weights.js';
import { cutPlanes } from '../tiling/planes.js';
import { coreInside, planTiles, type Tile } from '../tiling/tiles.js';
import type { LoadWeightsOptions } from '../weights/load.js';
import type { Weights } from '../weights/weights.js';
import { UpscaleNetwork } from './network.js';

/** The files of a super-resolution model, opened. Whoever does not load them closes `weights`. */
export interface UpscaleModelFiles {
  readonly label: string;
  readonly model: TfjsModel;
  readonly weights: Weights;
}

/**
 * Opens a TensorFlow.js layers model, `model.json` and the files of weights beside it, that makes pictures
 * of pictures and takes and gives bytes, 0 to 255: the models that npm's `@upscalerjs/default-model` and
 * `@upscalerjs/esrgan-slim` ship.
 *
 * @throws WickError `BAD_FILE` for files that are missing or corrupt, `BAD_MODEL` for layers that Wick does
 * not have, `CANCELLED`
 */
export async function openUpscaleModel(folder: ByteFolder, signal?: AbortSignal): Promise<UpscaleModelFiles> {
  const source = await folder.open('model.json');
  const json = await readJson(source, signal).finally(() => source.close());
  const model = parseTfjsModel(json);
  return { label: folder.label, model, weights: await openTfjsWeights(folder, model.groups) };
}

/** A super-resolution model on a device. */
export class Upscaler implements Disposable {
  private constructor(
    /** Where it was loaded from. */
    readonly name: string,
    readonly network: UpscaleNetwork,
  ) {}

  /**
   * Loads a model onto a device and closes its files.
   *
   * @throws WickError `BAD_MODEL`, `BAD_FILE`, `CANCELLED`, `OUT_OF_MEMORY`
   */
  static async load(
    device: Device,
    { label, model, weights }: UpscaleModelFiles,
    options: Pick<LoadWeightsOptions, 'onProgress' | 'signal'> = {},
  ): Promise<Upscaler> {
    try {
      return new Upscaler(label, await UpscaleNetwork.load(device, model, weights, options));
    } finally {
      await weights.close();
    }
  }

  get device(): Device {
    return this.network.device;
  }

  /** Rows and columns of a result for each row and column of a picture. */
  get scale(): number {
    return this.network.figures.scale;
  }

  get parameterCount(): number {
    return this.network.parameterCount;
  }

  /** Gives the weights back. */
  [Symbol.dispose](): void {
    this.network[Symbol.dispose]();
  }
}

/** Options of `upscale`. */
export interface UpscaleOptions {
  /**
   * Longest side in pixels of the picture of what is computed at once, beside the surroundings that it
   * sees. Less takes less memory and more time; the result is the same. Default: 256, for about 90 MiB of
   * device memory with the default model.
   */
  readonly tileSize?: number;
  /** Receives `tile` events. */
  readonly onProgress?: OnProgress | undefined;
  /** Ends with `CANCELLED`, between two tiles or while one is waited for. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TILE_SIZE = 256;

/**
 * Enlarges a picture by the model's scale. The tiles overlap by what an output sees, so they fit exactly.
 *
 * @throws WickError `INVALID_ARGUMENT` for an unusable picture or tile size, `CANCELLED`, `BAD_OUTPUT`
 * naming the layer after which values are not finite
 */
export async function upscale(
  image: RgbImage,
  upscaler: Upscaler,
  options: UpscaleOptions = {},
): Promise<RgbImage> {
  const { tileSize = DEFAULT_TILE_SIZE, onProgress, signal } = options;
  checkImage(image);
  const { scale, reach } = upscaler.network.figures;
  const tiles = planTiles(image.width, image.height, { size: tileSize, halo: reach });
  const [width, height] = [image.width * scale, image.height * scale];
  const enlarged: RgbImage = { width, height, data: new Uint8Array(3 * width * height) };
  const progress = new ProgressCounter('tile', upscaler.name, tiles.length, onProgress);
  for (const tile of tiles) {
    throwIfCancelled(signal, 'Enlarging');
    const place = scaleRectangle(tile.core, scale);
    pasteImage(enlarged, await upscaleTile(image, upscaler, tile, signal), place.left, place.top);
    progress.add(1);
  }
  return enlarged;
}

async function upscaleTile(
  image: RgbImage,
  { device, network, scale }: Upscaler,
  tile: Tile,
  signal: AbortSignal | undefined,
): Promise<RgbImage> {
  const part = cropImage(image, tile.input);
  const core = scaleRectangle(coreInside(tile), scale);
  using result = device.run(() => cutPlanes(network.forward(imageToTensor(device, part, BYTE_RANGE)), core), {
    label: 'upscale',
  });
  const values = await result.data(readOptions(signal));
  if (values.some(Number.isNaN)) {
    const stage = {
      name: 'upscale',
      problem: 'the picture is not a number',
      zeros: false,
      repeat: (observe: Observe) => network.forward(imageToTensor(device, part, BYTE_RANGE), { observe }),
    };
    throw await badOutput(device, stage, signal);
  }
  return planesToImage(values, core.width, core.height, BYTE_RANGE);
}
