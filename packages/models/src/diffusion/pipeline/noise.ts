/**
 * The random numbers of a drawing: standard normals from a counter, the same on every backend. Every picture
 * has a seed of its own, so it does not depend on the batch that it is drawn in.
 */

import type { Device } from '@wick/core';
import { concat, randomNormal, type Shape, sizeOf, type Tensor } from '@wick/tensor';

/** What a noise is for; each purpose has a part of a seed's numbers for itself. */
export type NoisePurpose = 'start' | 'posterior' | { readonly step: number };

/** The counter of Philox counts blocks of four numbers. */
const BLOCK = 4;

function drawOf(purpose: NoisePurpose): number {
  if (purpose === 'start') return 0;
  return purpose === 'posterior' ? 1 : 2 + purpose.step;
}

/**
 * Standard normals, float32 [seeds.length, ...shape], owned by the innermost scope.
 *
 * @param shape of one picture's latents
 */
export function seededNoise(
  device: Device,
  seeds: readonly number[],
  shape: Shape,
  purpose: NoisePurpose,
): Tensor {
  const offset = drawOf(purpose) * Math.ceil(sizeOf(shape) / BLOCK);
  return device.scope(() =>
    concat(seeds.map((seed) => randomNormal(device, [1, ...shape], { seed, offset, label: 'noise' }))),
  );
}
