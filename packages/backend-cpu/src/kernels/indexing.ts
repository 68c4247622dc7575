/** Kernels that read or write where an index says: a read outside is clamped, a write outside is dropped. */

import { kernels } from '@wick/core';
import { cpuKernel, ints, numbers, sameDtype } from '../kernel.js';
import { advance, coordinatesOf, rowMajorStrides, StridedCursor } from '../strides.js';
import { addWrapped, isFloat, plus } from './functions.js';

function clampIndex(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}

/** Units: output elements. */
export const gather = cpuKernel(kernels.gather, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const index = ints(call, 'index');
    const out = numbers(call, 'out');
    const { axis, axisSize, shape, xStrides } = call.params;
    const others = xStrides.map((stride, a) => (a === axis ? 0 : stride));
    const source = new StridedCursor(shape, others, begin);
    for (let i = begin; i < end; i++) {
      out[i] = x[source.offset + clampIndex(index[i], axisSize) * xStrides[axis]];
      source.next();
    }
  },
});

/** Units: rows of the output. */
export const gatherRows = cpuKernel(kernels.gatherRows, {
  refuse: sameDtype('x', 'out'),
  units: ({ params }) => params.outer * params.count,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const index = ints(call, 'index');
    const out = numbers(call, 'out');
    const { rows, inner, count } = call.params;
    for (let unit = begin; unit < end; unit++) {
      const outer = Math.floor(unit / count);
      const source = (outer * rows + clampIndex(index[unit % count], rows)) * inner;
      for (let i = 0; i < inner; i++) out[unit * inner + i] = x[source + i];
    }
  },
});

/** Units: output elements. Each looks along the axis for the sources that name it, in ascending order. */
export const scatterAdd = cpuKernel(kernels.scatterAdd, {
  refuse: sameDtype('x', 'source', 'out'),
  units: ({ params }) => params.size,
  run(call, begin, end) {
    const x = numbers(call, 'x');
    const index = ints(call, 'index');
    const source = numbers(call, 'source');
    const out = numbers(call, 'out');
    const { axis, shape, indexShape } = call.params;
    const add = isFloat(call.dtypes.x) ? plus : addWrapped;
    const strides = rowMajorStrides(indexShape);
    const coordinates = coordinatesOf(begin, shape);
    for (let i = begin; i < end; i++) {
      let at = 0; // the source with the same coordinates, at the start of the axis
      let inside = true;
      for (let a = 0; a < 8; a++) {
        if (a === axis) continue;
        at += coordinates[a] * strides[a];
        if (coordinates[a] >= indexShape[a]) inside = false;
      }
      let total = x[i];
      for (let k = 0; inside && k < indexShape[axis]; k++) {
        if (index[at] === coordinates[axis]) total = add(total, source[at]);
        at += strides[axis];
      }
      out[i] = total;
      advance(coordinates, shape);
    }
  },
});

/** Units: rows of the source. */
export const writeRows = cpuKernel(kernels.writeRows, {
  refuse: sameDtype('source', 'target'),
  units: ({ params }) => params.outer * params.rows,
  run(call, begin, end) {
    const source = numbers(call, 'source');
    const target = numbers(call, 'target');
    const { capacity, width, rows, position } = call.params;
    for (let unit = begin; unit < end; unit++) {
      const outer = Math.floor(unit / rows);
      const row = position + (unit - outer * rows);
      if (row >= capacity) continue;
      const at = (outer * capacity + row) * width;
      for (let i = 0; i < width; i++) target[at + i] = source[unit * width + i];
    }
  },
});
