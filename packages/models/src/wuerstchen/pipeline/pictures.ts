/** Latents to pictures, in bounded device memory. */

import type { Tensor } from '@wick/tensor';
import { readOptions, throwIfCancelled } from '../../cancel.js';
import type { Observe } from '../../diffusion/networks/layers.js';
import { badOutput, type Stage } from '../../diffusion/pipeline/verdict.js';
import { pasteImage, type RgbImage, scaleRectangle } from '../../image/image.js';
import { planesToImage, UNIT_RANGE } from '../../image/tensor.js';
import { cutPlanes } from '../../tiling/planes.js';
import { coreInside, planTiles, type Tile } from '../../tiling/tiles.js';
import type { PaellaVQModel } from '../networks/vqgan.js';

/** Options of `decodeLatents`. */
export interface DecodeOptions {
  /**
   * Longest side of what is decoded at once, in rows of latents, beside the surroundings that it sees; the
   * result is the same for all. Default: 128, for about 600 MB of device memory with the published model.
   */
  readonly tileSize?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TILE_SIZE = 128;
/** Below this a value becomes byte 0. */
const BLACK = 0.5 / 255;

/**
 * Decodes latents as the decoder gives them, [n, channels, h, w], picture by picture and tile by tile: no
 * output of the autoencoder sees far.
 *
 * @throws WickError `INVALID_ARGUMENT` for an unusable tile size, `CANCELLED`, `BAD_OUTPUT` for a picture that
 * is not a number somewhere or black everywhere, naming the layer that went wrong
 */
export async function decodeLatents(
  vqgan: PaellaVQModel,
  latents: Tensor,
  { tileSize = DEFAULT_TILE_SIZE, signal }: DecodeOptions = {},
): Promise<RgbImage[]> {
  const { device, scale } = vqgan;
  const [count, , rows, columns] = latents.shape;
  const tiles = planTiles(columns, rows, { size: tileSize, halo: vqgan.decodeReach });
  const [width, height] = [columns * scale, rows * scale];
  const pictures: RgbImage[] = [];
  for (let i = 0; i < count; i++) {
    const picture: RgbImage = { width, height, data: new Uint8Array(3 * width * height) };
    const decode = (tile: Tile, observe?: Observe): Tensor => {
      const scaled = latents.narrow(0, i, 1).mul(vqgan.config.scaleFactor);
      const decoded = vqgan.decode(cutPlanes(scaled, tile.input), { observe });
      return cutPlanes(decoded, scaleRectangle(coreInside(tile), scale));
    };
    const fault = (problem: string, tile: Tile, zeros: boolean) => {
      // Beside the layers the brightness, which is zero everywhere in a black picture.
      const repeat: Stage['repeat'] = (observe) => observe('brightness', decode(tile, observe).clamp(0, 1));
      const name = `picture ${i + 1} of ${count}`;
      return badOutput(device, { name: 'vqgan', problem: `${name} is ${problem}`, zeros, repeat }, signal);
    };
    let black = true;
    for (const tile of tiles) {
      throwIfCancelled(signal, 'Decoding');
      using core = device.run(() => decode(tile), { label: 'decode' }).keep();
      const values = await core.data(readOptions(signal));
      if (!values.every(Number.isFinite)) throw await fault('not a number', tile, false);
      black &&= values.every((value) => value < BLACK);
      const place = scaleRectangle(tile.core, scale);
      const part = planesToImage(values, place.width, place.height, UNIT_RANGE);
      pasteImage(picture, part, place.left, place.top);
    }
    if (black) throw await fault('all black', tiles[0], true);
    pictures.push(picture);
  }
  return pictures;
}
