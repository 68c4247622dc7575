/** Kernels that read or write where an index says: a read outside is clamped, a write outside is dropped. */

import { kernels } from '@wick/core';
import { dtypeOf, fixedParam, type Shader, sameDtype, wgslKernel } from '../kernel.js';
import { mapShader } from '../wgsl/map.js';
import { lane } from '../wgsl/params.js';
import { rankOf, specializedRank } from '../wgsl/strided.js';
import { valueType } from '../wgsl/types.js';
import { vectorShader } from '../wgsl/vectors.js';

const AXES = 8;

/** A read's place along an axis of `length` elements. */
const CLAMPED = `fn clamped(index: i32, length: u32) -> u32 {
  return min(bitcast<u32>(max(index, 0)), max(length, 1u) - 1u);
}`;

export const gather = wgslKernel(kernels.gather, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader(variant) {
    const first = AXES - specializedRank(variant.specialization);
    const lines: string[] = [];
    for (let axis = AXES - 1; axis >= first; axis--) {
      const length = lane('shape', axis);
      const coordinate = axis === first ? 'rest' : `(rest % ${length})`;
      // The coordinate along `axis` counts 0 here; the index stands in for it.
      lines.push(
        `  offset += select(${coordinate} * ${lane('xStrides', axis)}, 0u, params.axis == ${axis}u);`,
      );
      if (axis !== first) lines.push(`  rest /= ${length};`);
    }
    return mapShader(variant, {
      size: 'params.size',
      declarations: `${CLAMPED}
fn place(i: u32) -> u32 {
  var rest = i;
  var offset = clamped(index_at(i), params.axisSize) * params.xStrides[params.axis >> 2u][params.axis & 3u];
${lines.join('\n')}
  return offset;
}`,
      value: 'x_at(place(i))',
    });
  },
});

/** How rows of a width are copied: `vectors` where each begins at a multiple of four. */
const rowSpecialization = (width: number | undefined) =>
  width !== undefined && width % 4 === 0 ? 'vectors' : '';

export const gatherRows = wgslKernel(kernels.gatherRows, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => rowSpecialization(fixedParam(params.inner)),
  shader(variant) {
    const declarations = `${CLAMPED}
fn from_place(i: u32) -> u32 {
  let row = i / params.inner;
  let from_row = (row / params.count) * params.rows + clamped(index_at(row % params.count), params.rows);
  return from_row * params.inner + i % params.inner;
}`;
    const size = 'params.outer * params.count * params.inner';
    return variant.specialization === 'vectors'
      ? vectorShader({ size, declarations, inputs: ['x'], value: 'x_four(from_place(i) >> 2u)' })
      : mapShader(variant, { size, declarations, value: 'x_at(from_place(i))' });
  },
});

export const scatterAdd = wgslKernel(kernels.scatterAdd, {
  refuse: sameDtype('x', 'source', 'out'),
  specialize: ({ params }) => String(Math.max(rankOf(params.shape), rankOf(params.indexShape))),
  shader(variant) {
    const first = AXES - specializedRank(variant.specialization);
    const lines: string[] = [];
    for (let axis = AXES - 1; axis >= first; axis--) {
      const length = lane('shape', axis);
      const sourceLength = lane('indexShape', axis);
      lines.push(
        `  coordinate = rest % ${length};`,
        `  rest /= ${length};`,
        `  if (params.axis == ${axis}u) {
    wanted = coordinate;
    step = stride;
    count = ${sourceLength};
  } else {
    at += coordinate * stride;
    inside = inside && coordinate < ${sourceLength};
  }`,
        `  stride *= ${sourceLength};`,
      );
    }
    const type = valueType(dtypeOf(variant, 'x'));
    return mapShader(variant, {
      size: 'params.size',
      // The sources that may name output i stand `step` apart, from `at` on.
      declarations: `fn total(i: u32) -> ${type} {
  var rest = i;
  var coordinate = 0u;
  var wanted = 0u;
  var stride = 1u;
  var step = 1u;
  var count = 1u;
  var at = 0u;
  var inside = true;
${lines.join('\n')}
  var sum = x_at(i);
  if (!inside) { return sum; }
  for (var j = 0u; j < count; j++) {
    if (index_at(at) == bitcast<i32>(wanted)) { sum += source_at(at); }
    at += step;
  }
  return sum;
}`,
      value: 'total(i)',
    });
  },
});

/** Declares where element `i` of the source goes; `NOWHERE` beyond the capacity. */
const TARGET_PLACE = `const NOWHERE = 0xffffffffu;
fn to_place(i: u32) -> u32 {
  let row = i / params.width;
  let outer = row / params.rows;
  let r = row % params.rows;
  if (r >= params.capacity || params.position >= params.capacity - r) { return NOWHERE; }
  return (outer * params.capacity + params.position + r) * params.width + i % params.width;
}`;

const WRITE_SIZE = 'params.outer * params.rows * params.width';

const WRITE_VECTORS: Shader = {
  workgroup: 256,
  tile: 1024,
  vectors: ['source', 'target'],
  declarations: TARGET_PLACE,
  main: `  let word = block * 256u + lane;
  if (word * 4u >= ${WRITE_SIZE}) { return; }
  let place = to_place(word * 4u);
  if (place != NOWHERE) { put_target_four(place >> 2u, source_four(word), 4u); }`,
};

/** Rows may begin inside a word of bytes, so bytes are written one by one. */
const WRITE_ELEMENTS: Shader = {
  workgroup: 256,
  tile: 256,
  scattered: ['target'],
  declarations: TARGET_PLACE,
  main: `  let i = block * 256u + lane;
  if (i >= ${WRITE_SIZE}) { return; }
  let place = to_place(i);
  if (place != NOWHERE) { put_target(place, source_at(i)); }`,
};

export const writeRows = wgslKernel(kernels.writeRows, {
  refuse: sameDtype('source', 'target'),
  specialize: ({ params }) => rowSpecialization(fixedParam(params.width)),
  shader: ({ specialization }) => (specialization === 'vectors' ? WRITE_VECTORS : WRITE_ELEMENTS),
});
