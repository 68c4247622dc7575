/** How far two backends may be apart on real data. */

import type { BindingArray, DType, PipelineRequest } from '@wick/core';
import { type Tolerance, toleranceOf } from '../kernels/tolerance.js';

/**
 * The tolerance of the conformance suite times `factor`. Its absolute part is meant for outputs about 1, so
 * it grows with the largest output. Undefined where the results must be equal, as without a kernel.
 */
export function scaledTolerance(
  request: PipelineRequest | undefined,
  dtype: DType,
  want: BindingArray,
  factor: number,
): Tolerance | undefined {
  const tolerance = request === undefined ? undefined : toleranceOf(request, dtype, 'summed');
  if (tolerance === undefined || tolerance.identical) return tolerance;
  let scale = 1;
  for (const value of want) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  return { rtol: factor * tolerance.rtol, atol: factor * tolerance.atol * scale };
}
