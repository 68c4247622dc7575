/** The same elements for both. */

import type { Constant, Workload } from './workloads.js';

/** Values between -1 and 1 that look random; a linear congruential generator (Numerical Recipes). */
function* noise(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 31 - 1;
  }
}

/** The bits of the nearest float16, for values that are neither huge nor tiny. */
export function halfBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const exponent = ((bits >>> 23) & 255) - 112;
  if (exponent <= 0) return (bits >>> 16) & 0x8000;
  const rounded = (exponent << 10) + ((bits & 0x7fffff) >>> 13) + ((bits >>> 12) & 1);
  return ((bits >>> 16) & 0x8000) | rounded;
}

/** Elements after which they repeat: a prime, so that no two rows are alike. Drawing all takes seconds. */
const PERIOD = 65_537;

export interface Data extends Constant {
  readonly bytes: Uint8Array;
}

const FIRST = { name: 'x0', spread: 1 };

/** The first input, `x0`, and the constants. */
export function dataOf({
  dtype,
  shape,
  constants,
}: Pick<Workload, 'dtype' | 'shape' | 'constants'>): readonly Data[] {
  return [{ ...FIRST, shape }, ...constants].map((constant, i) => {
    const { spread, centre = 0 } = constant;
    const size = constant.shape.reduce((product, length) => product * length, 1);
    const values = noise(i + 1);
    const elements = dtype === 'float16' ? new Uint16Array(size) : new Float32Array(size);
    for (let j = 0; j < Math.min(size, PERIOD); j++) {
      const value = centre + spread * values.next().value;
      elements[j] = dtype === 'float16' ? halfBits(value) : value;
    }
    for (let at = PERIOD; at < size; at += PERIOD) elements.copyWithin(at, 0, Math.min(PERIOD, size - at));
    return { ...constant, bytes: new Uint8Array(elements.buffer) };
  });
}
