/** Planes [channels, height, width] of float32 that are put together from tiles, in host memory. */

import type { Tensor } from '@wick/tensor';
import type { Rectangle } from '../image/image.js';

/** A part of x [n, channels, h, w]. */
export function cutPlanes(x: Tensor, { left, top, width, height }: Rectangle): Tensor {
  const [batch, channels] = x.shape;
  return x.slice([0, 0, top, left], [batch, channels, top + height, left + width]);
}

/** Writes part [channels, place.height, place.width] into whole [channels, height, width], row by row. */
export function pastePlanes(
  whole: Float32Array,
  channels: number,
  height: number,
  width: number,
  part: ArrayLike<number> & { subarray(begin: number, end: number): ArrayLike<number> },
  place: Rectangle,
): void {
  for (let row = 0; row < channels * place.height; row++) {
    const channel = Math.floor(row / place.height);
    const y = place.top + (row % place.height);
    const values = part.subarray(row * place.width, (row + 1) * place.width);
    whole.set(values, (channel * height + y) * width + place.left);
  }
}
