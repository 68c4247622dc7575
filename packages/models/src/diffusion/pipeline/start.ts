/** Where a drawing begins: noise, or a picture that is mixed with it. */

import { type Device, WickError } from '@wick/core';
import { type Shape, sizeOf, type Tensor, tensor } from '@wick/tensor';
import { readOptions } from '../../cancel.js';
import type { RgbImage } from '../../image/image.js';
import type { AutoencoderKL } from '../networks/autoencoder-kl.js';
import type { ForwardHooks } from '../networks/layers.js';
import type { Schedule } from '../schedulers/schedule.js';
import { seededNoise } from './noise.js';
import { encodePicture } from './pictures.js';
import { badOutput, faultOf } from './verdict.js';

export interface StartRequest {
  readonly schedule: Schedule;
  /** One for each picture. */
  readonly seeds: readonly number[];
  /** Of one picture's latents. */
  readonly shape: Shape;
  readonly image: RgbImage | undefined;
  /** In place of the standard normals of the seeds, row-major. */
  readonly noise: Float32Array | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The latents that the first step begins with, float32 [seeds.length, ...shape]; they outlive every scope.
 *
 * @throws WickError `INVALID_ARGUMENT` for noise of another size, `CANCELLED`, `BAD_OUTPUT` naming the layer
 * in which the encoding of the picture went wrong
 */
export async function startLatents(vae: AutoencoderKL, request: StartRequest): Promise<Tensor> {
  const { device } = vae;
  const { schedule, seeds, shape, image, signal } = request;
  if (image === undefined) {
    return device.run(() => normals(device, request).mul(schedule.initialNoise), { label: 'start' }).keep();
  }
  const mix = (hooks?: ForwardHooks) => {
    const picture = encodePicture(vae, image, seededNoise(device, seeds, shape, 'posterior'), hooks);
    return picture.mul(schedule.start.signal).add(normals(device, request).mul(schedule.start.noise));
  };
  const { latents, peak } = device.run(
    () => {
      const mixed = mix();
      return { latents: mixed, peak: mixed.abs().max() };
    },
    { label: 'start' },
  );
  latents.keep();
  using kept = peak.keep();
  try {
    const fault = faultOf(Number(await kept.item(readOptions(signal))));
    if (fault === undefined) return latents;
    const stage = {
      name: 'vae',
      problem: `the latents of the picture to begin with are ${fault}`,
      zeros: fault.startsWith('zero'),
      repeat: (observe: NonNullable<ForwardHooks['observe']>) => mix({ observe }),
    };
    throw await badOutput(device, stage, signal);
  } catch (thrown) {
    latents.dispose();
    throw thrown;
  }
}

function normals(device: Device, { noise, seeds, shape }: StartRequest): Tensor {
  if (noise === undefined) return seededNoise(device, seeds, shape, 'start');
  const whole = [seeds.length, ...shape];
  if (noise.length === sizeOf(whole)) return tensor(device, noise, whole, { label: 'noise' });
  throw new WickError(
    'INVALID_ARGUMENT',
    `${noise.length} normals are given, not the ${sizeOf(whole)} of [${whole.join(', ')}]`,
  );
}
