/** Where the elements of strided tensors stand. Shapes have eight axes, right-aligned with leading ones. */

const AXES = 8;

/** Axes of a shape without its leading ones; at least 1. Kernels are specialised for it, and loop over no more. */
export function rankOf(shape: readonly number[]): number {
  const first = shape.findIndex((length) => length !== 1);
  return first < 0 ? 1 : Math.max(1, AXES - first);
}

/** The rank behind a specialization that `String(rankOf(shape))` made. */
export function specializedRank(specialization: string): number {
  const rank = Number(specialization);
  return rank >= 1 && rank <= AXES ? rank : AXES;
}

/** offset_of(i, shape, strides, axes): i is row-major over the last `axes` axes of the shape. */
export const STRIDED = `template <typename Stride>
inline uint offset_of(uint i, constant uint *shape, constant Stride *strides, uint axes) {
  uint rest = i;
  uint offset = 0;
  for (uint axis = ${AXES - 1}; axis > ${AXES} - axes; axis--) {
    const uint quotient = rest / shape[axis];
    offset += (rest - quotient * shape[axis]) * uint(strides[axis]);
    rest = quotient;
  }
  return offset + rest * uint(strides[${AXES} - axes]);
}`;
