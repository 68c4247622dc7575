/** Moving elements between channels and pixels. */

import type { TensorBase } from '../base.js';
import { shapeError } from '../fail.js';
import { formatShape } from '../shape/shape.js';
import { checkWhole } from '../shape/window.js';
import { checkOperands, checkRank } from './check.js';
import { strided } from './strided.js';

/**
 * Depth to space as torch: x [n, c * f * f, h, w] becomes [n, c, h * f, w * f] with
 * out[n, c, y * f + i, x * f + j] = x[n, c * f * f + i * f + j, y, x]. Shi et al. 2016. Every dtype.
 */
export function pixelShuffle<T extends TensorBase>(x: T, factor: number): T {
  const op = 'pixel_shuffle';
  checkOperands(op, x);
  checkRank(op, 'x', x, 4, '[n, c, h, w]');
  checkWhole(op, 'factor', factor, 1);
  const [n, channels, h, w] = x.shape;
  if (channels % (factor * factor) !== 0) {
    throw shapeError(
      op,
      `the ${channels} channels of ${formatShape(x.shape)} do not divide into ${factor} x ${factor}`,
    );
  }
  const c = channels / (factor * factor);
  const plane = h * w;
  const copy = strided(
    op,
    x,
    [n, c, h, factor, w, factor],
    [channels * plane, factor * factor * plane, w, factor * plane, 1, plane],
  );
  const out = copy.alias([n, c, h * factor, w * factor]);
  copy.dispose();
  return out;
}

/** The inverse of {@link pixelShuffle}: x [n, c, h * f, w * f] becomes [n, c * f * f, h, w]. Every dtype. */
export function pixelUnshuffle<T extends TensorBase>(x: T, factor: number): T {
  const op = 'pixel_unshuffle';
  checkOperands(op, x);
  checkRank(op, 'x', x, 4, '[n, c, h, w]');
  checkWhole(op, 'factor', factor, 1);
  const [n, c, height, width] = x.shape;
  if (height % factor !== 0 || width % factor !== 0) {
    throw shapeError(op, `the planes of ${formatShape(x.shape)} do not divide into squares of ${factor}`);
  }
  const [h, w] = [height / factor, width / factor];
  const copy = strided(
    op,
    x,
    [n, c, factor, factor, h, w],
    [c * height * width, height * width, width, 1, factor * width, factor],
  );
  const out = copy.alias([n, c * factor * factor, h, w]);
  copy.dispose();
  return out;
}
