/** Walking strided tensors of eight axes. */

const LAST = 7;

/** Steps through a shape in row-major order and says where the element stands in strided memory. */
export class StridedCursor {
  /** Where the current element stands. */
  offset = 0;
  readonly #shape: readonly number[];
  readonly #strides: readonly number[];
  readonly #coordinates: number[];

  /** Begins at element `index` of the row-major order; no axis of `shape` may be 0. */
  constructor(shape: readonly number[], strides: readonly number[], index: number) {
    this.#shape = shape;
    this.#strides = strides;
    this.#coordinates = coordinatesOf(index, shape);
    for (let axis = 0; axis <= LAST; axis++) this.offset += this.#coordinates[axis] * strides[axis];
  }

  /** Moves on to the next element; after the last one it is back at the first. */
  next(): void {
    for (let axis = LAST; axis >= 0; axis--) {
      this.offset += this.#strides[axis];
      if (++this.#coordinates[axis] < this.#shape[axis]) return;
      this.offset -= this.#coordinates[axis] * this.#strides[axis];
      this.#coordinates[axis] = 0;
    }
  }
}

/** The eight coordinates of element `index` of a row-major shape. */
export function coordinatesOf(index: number, shape: readonly number[]): number[] {
  const coordinates = [0, 0, 0, 0, 0, 0, 0, 0];
  let rest = index;
  for (let axis = LAST; axis >= 0; axis--) {
    coordinates[axis] = rest % shape[axis];
    rest = Math.floor(rest / shape[axis]);
  }
  return coordinates;
}

/** Steps `coordinates` to the next element of a row-major shape; after the last one, to the first. */
export function advance(coordinates: number[], shape: readonly number[]): void {
  for (let axis = LAST; axis >= 0; axis--) {
    if (++coordinates[axis] < shape[axis]) return;
    coordinates[axis] = 0;
  }
}

/** Strides of a row-major tensor without gaps. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = [1, 1, 1, 1, 1, 1, 1, 1];
  for (let axis = LAST - 1; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}
