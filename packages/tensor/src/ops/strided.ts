/** Reading a tensor along other strides: the ground of permute, slice, expand and the pixel shuffles. */

import { kernels } from '@wick/core';
import type { TensorBase } from '../base.js';
import { argumentError } from '../fail.js';
import { collapse, isUnbroken } from '../shape/broadcast.js';
import { MAX_RANK, rightAligned, type Shape, sizeOf } from '../shape/shape.js';

/**
 * The elements of `x` at `offset + sum of coordinate * stride`, row-major over `shape`. Shares the
 * memory where they are one run that is aligned enough (`canAlias`); otherwise a copy.
 */
export function strided<T extends TensorBase>(
  op: string,
  x: T,
  shape: Shape,
  strides: readonly number[],
  offset = 0,
): T {
  const size = sizeOf(shape);
  if (size === 0) return x.create(shape, x.dtype, op);
  const nest = collapse(shape, [strides]);
  if (isUnbroken(nest, 0) && x.canAlias(offset, size)) return x.alias(shape, offset);
  if (nest.shape.length > MAX_RANK) {
    throw argumentError(op, `needs ${nest.shape.length} separate axes, at most ${MAX_RANK} are possible`);
  }
  const out = x.create(shape, x.dtype, op);
  out.launch(kernels.stridedCopy, {
    bindings: { x, out },
    params: {
      size,
      offset,
      shape: rightAligned(nest.shape, 1),
      strides: rightAligned(nest.strides[0], 0),
    },
    grid: [size, 1, 1],
    label: op,
  });
  return out;
}
