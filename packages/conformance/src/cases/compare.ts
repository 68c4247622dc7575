/** Comparing arrays of numbers under a tolerance. */

/** The first element that is out of tolerance, and how many are. */
export interface Difference {
  readonly index: number;
  readonly got: number;
  readonly want: number;
  readonly count: number;
}

/**
 * |got - want| <= atol + rtol * |want| for every element; NaN must meet NaN, and an infinity the same
 * infinity. Undefined when all elements pass.
 */
export function findDifference(
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  rtol: number,
  atol: number,
): Difference | undefined {
  let first: Omit<Difference, 'count'> | undefined;
  let count = 0;
  for (let i = 0; i < want.length; i++) {
    if (Object.is(got[i], want[i]) || got[i] === want[i]) continue;
    // Infinities have met above: near an infinite value every tolerance would do.
    const finite = Number.isFinite(got[i]) && Number.isFinite(want[i]);
    if (finite && Math.abs(got[i] - want[i]) <= atol + rtol * Math.abs(want[i])) continue;
    first ??= { index: i, got: got[i], want: want[i] };
    count++;
  }
  return first === undefined ? undefined : { ...first, count };
}
