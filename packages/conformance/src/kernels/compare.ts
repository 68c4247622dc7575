/** Comparing what a backend gave with what the reference gives, class by class. */

import type { BindingArray, DType } from '@wick/core';
import type { Tolerance } from './tolerance.js';

export interface Comparison {
  /** The first element that is out of tolerance. */
  readonly first?: { readonly index: number; readonly got: number; readonly want: number };
  readonly count: number;
  /** Of the others, the one with the largest error in units of the tolerance; absent where all are equal. */
  readonly worst?: { readonly share: number; readonly got: number; readonly want: number };
}

const SMALLEST_NORMAL = { float32: 2 ** -126, float16: 2 ** -14 } as const;

/** Whether a number of this dtype is subnormal: WGSL and MSL let an implementation take it for zero. */
export function isSubnormal(value: number, dtype: DType): boolean {
  if (dtype !== 'float32' && dtype !== 'float16') return false;
  return value !== 0 && Math.abs(value) < SMALLEST_NORMAL[dtype];
}

/**
 * NaN must meet NaN, an infinity the same infinity; what is subnormal may have been flushed to zero.
 *
 * @param flushed what would be right if subnormal operands were flushed before; absent where there are none
 */
export function compare(
  got: BindingArray,
  want: BindingArray,
  dtype: DType,
  tolerance: Tolerance | undefined,
  flushed?: BindingArray,
): Comparison {
  let first: Comparison['first'];
  let count = 0;
  let worst: Comparison['worst'];
  for (let i = 0; i < want.length; i++) {
    const share = Math.min(
      errorShare(got[i], want[i], dtype, tolerance),
      flushed === undefined ? Infinity : flushedShare(got[i], want[i], flushed[i], dtype, tolerance),
    );
    if (share <= 1) {
      if (share > (worst?.share ?? 0)) worst = { share, got: got[i], want: want[i] };
      continue;
    }
    first ??= { index: i, got: got[i], want: want[i] };
    count++;
  }
  return {
    count,
    ...(first === undefined ? {} : { first }),
    ...(worst === undefined ? {} : { worst }),
  };
}

/** The error against what flushing makes of it. The sign of a zero that was flushed is anybody's guess. */
function flushedShare(
  got: number,
  want: number,
  flushed: number,
  dtype: DType,
  tolerance: Tolerance | undefined,
): number {
  if (Object.is(want, flushed)) return Infinity; // flushing makes no difference here
  return got === 0 && flushed === 0 ? 0 : errorShare(got, flushed, dtype, tolerance);
}

/** The error in units of the tolerance; above 1 it is too large. */
function errorShare(got: number, want: number, dtype: DType, tolerance: Tolerance | undefined): number {
  if (Object.is(got, want)) return 0;
  if (tolerance === undefined || tolerance.identical || !Number.isFinite(want)) {
    return got === want && !tolerance?.identical ? 0 : Infinity;
  }
  if (!Number.isFinite(got)) return Infinity;
  if (got === 0 && isSubnormal(want, dtype)) return 0;
  const error = Math.abs(got - want);
  return error === 0 ? 0 : error / (tolerance.atol + tolerance.rtol * Math.abs(want));
}
