/** Kernels that move elements without computing. */

import { kernels, PAD_MODES, type PadMode } from '@wick/core';
import { choice, cpuKernel, numbers, sameDtype } from '../kernel.js';
import { advance, coordinatesOf, rowMajorStrides, StridedCursor } from '../strides.js';
import { conversion } from './functions.js';

/** Units: output elements. */
export const stridedCopy = cpuKernel(kernels.stridedCopy, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const { offset, shape, strides } = call.params;
    const source = new StridedCursor(shape, strides, begin);
    for (let i = begin; i < end; i++) {
      out[i] = x[offset + source.offset];
      source.next();
    }
  },
});

/** Where coordinate `c`, which may lie outside of 0..length-1, takes its element from; -1 for nowhere. */
const SOURCE: Readonly<Record<PadMode, (c: number, length: number) => number>> = {
  constant: (c, length) => (c < 0 || c >= length ? -1 : c),
  replicate: (c, length) => Math.min(Math.max(c, 0), length - 1),
  reflect: (c, length) => (c < 0 ? -c : c >= length ? 2 * (length - 1) - c : c),
};

/** Units: output elements. */
export const pad = cpuKernel(kernels.pad, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const out = numbers(call, 'out');
    const { shape, inShape, before } = call.params;
    const source = SOURCE[choice(call, 'mode', PAD_MODES)];
    const value = conversion('float32', call.dtypes.out ?? 'float32')(call.params.value);
    const inStrides = rowMajorStrides(inShape);
    const coordinates = coordinatesOf(begin, shape);
    for (let i = begin; i < end; i++) {
      let offset = 0;
      let inside = true;
      for (let axis = 0; axis < 8; axis++) {
        const from = source(coordinates[axis] - before[axis], inShape[axis]);
        if (from < 0) inside = false;
        offset += from * inStrides[axis];
      }
      out[i] = inside ? x[offset] : value;
      advance(coordinates, shape);
    }
  },
});

/** Units: rows of the output. */
export const concat = cpuKernel(kernels.concat, {
  refuse: sameDtype('a', 'b', 'c', 'd', 'out'),
  units: ({ params }) => params.outer,
  run(call, begin, end) {
    const out = numbers(call, 'out');
    const { aPart, bPart, cPart, dPart } = call.params;
    const width = aPart + bPart + cPart + dPart;
    let column = 0;
    const parts = { a: aPart, b: bPart, c: cPart, d: dPart };
    for (const [name, part] of Object.entries(parts)) {
      if (part === 0) continue;
      const source = numbers(call, name);
      for (let row = begin; row < end; row++) {
        for (let j = 0; j < part; j++) out[row * width + column + j] = source[row * part + j];
      }
      column += part;
    }
  },
});
