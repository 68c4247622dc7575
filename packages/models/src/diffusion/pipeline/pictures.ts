/** Latents to pictures and back. */

import type { Tensor } from '@wick/tensor';
import { readOptions, throwIfCancelled } from '../../cancel.js';
import type { RgbImage } from '../../image/image.js';
import { imageToTensor, planesToImage, SIGNED_RANGE } from '../../image/tensor.js';
import { type AutoencoderKL, samplePosterior } from '../networks/autoencoder-kl.js';
import type { ForwardHooks } from '../networks/layers.js';
import { badOutput } from './verdict.js';

/**
 * Decodes latents as the UNet knows them, [n, channels, h, w], picture by picture, so that a batch takes no
 * more memory than one.
 *
 * @throws WickError `CANCELLED`, `BAD_OUTPUT` for a picture that is not a number somewhere or black
 * everywhere, naming the layer that went wrong
 */
export async function decodePictures(
  vae: AutoencoderKL,
  latents: Tensor,
  signal?: AbortSignal,
): Promise<RgbImage[]> {
  const { device } = vae;
  const [count, , rows, columns] = latents.shape;
  const [width, height] = [columns * vae.scale, rows * vae.scale];
  const pictures: RgbImage[] = [];
  for (let i = 0; i < count; i++) {
    throwIfCancelled(signal, 'Decoding');
    const decode = (hooks: ForwardHooks = {}) => vae.decode(unscaled(vae, latents.narrow(0, i, 1)), hooks);
    using decoded = device.run(() => decode(), { label: 'decode' }).keep();
    const values = await decoded.data(readOptions(signal));
    const problem = problemOf(values);
    if (problem !== undefined) {
      const stage = {
        name: 'vae',
        problem: `picture ${i + 1} of ${count} is ${problem}`,
        zeros: problem === BLACK,
        // Beside the layers the brightness, which is zero everywhere in a black picture.
        repeat: (observe: NonNullable<ForwardHooks['observe']>) =>
          observe('brightness', decode({ observe }).clamp(-1, 1).add(1)),
      };
      throw await badOutput(device, stage, signal);
    }
    pictures.push(planesToImage(values, width, height, SIGNED_RANGE));
  }
  return pictures;
}

const BLACK = 'all black';

function problemOf(values: ArrayLike<number>): string | undefined {
  let black = true;
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return 'not a number';
    // Byte 0 is what lies closer to -1 than half a level.
    if (values[i] >= -1 + 1 / 255) black = false;
  }
  return black ? BLACK : undefined;
}

/**
 * Latents of a picture as the UNet knows them, float32 [n, channels, h / scale, w / scale]: one sample of the
 * posterior for each of `noise`, standard normals in that shape.
 */
export function encodePicture(
  vae: AutoencoderKL,
  picture: RgbImage,
  noise: Tensor,
  hooks: ForwardHooks = {},
): Tensor {
  const { scalingFactor, shiftFactor } = vae.config;
  const posterior = vae.encode(imageToTensor(vae.device, picture, SIGNED_RANGE), hooks);
  const sample = samplePosterior(posterior, noise);
  return (shiftFactor === 0 ? sample : sample.sub(shiftFactor)).mul(scalingFactor);
}

/** Latents as the autoencoder knows them. */
function unscaled(vae: AutoencoderKL, latents: Tensor): Tensor {
  const { scalingFactor, shiftFactor } = vae.config;
  const scaled = latents.div(scalingFactor);
  return shiftFactor === 0 ? scaled : scaled.add(shiftFactor);
}
