/** Kernels that walk lines for more than a sum: places of extremes and running sums. */

import { kernels } from '@wick/core';
import { choice, dtypeOf, fixedParam, type Shader, sameDtype, type Variant, wgslKernel } from '../kernel.js';
import { lineShader, lineWidth } from '../wgsl/lines.js';
import { type ValueType, valueType } from '../wgsl/types.js';

/**
 * A number in the order of the values, so that nothing depends on how NaN compares: floats by their bits,
 * both zeros alike.
 */
const ORDER: Readonly<Record<ValueType, string>> = {
  f32: `fn order_of(x: f32) -> u32 {
  let bits = select(bitcast<u32>(x), 0u, bitcast<u32>(x) == 0x80000000u);
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}`,
  i32: 'fn order_of(x: i32) -> u32 { return bitcast<u32>(x) ^ 0x80000000u; }',
  u32: 'fn order_of(x: u32) -> u32 { return x; }',
};

const LINES = '(params.outer * params.inner)';
const LINE_BEGIN = '(line / params.inner) * params.count * params.inner + line % params.inner';

export const argReduce = wgslKernel(kernels.argReduce, {
  specialize: ({ params }) =>
    String(fixedParam(params.inner) === 1 ? lineWidth(fixedParam(params.count)) : 1),
  shader(variant) {
    const type = valueType(dtypeOf(variant, 'x'));
    const order = choice(variant, 'op', ['argmax', 'argmin']) === 'argmax' ? 'order_of(x)' : '~order_of(x)';
    const rank = type === 'f32' ? `select(${order}, 0xffffffffu, is_nan(x))` : order;
    return lineShader({
      width: Number(variant.specialization),
      lines: LINES,
      type: 'u32',
      declarations: `${ORDER[type]}
fn rank_of(x: ${type}) -> u32 { return ${rank}; }`,
      reductions: { largest: (a, b) => `max(${a}, ${b})`, least: (a, b) => `min(${a}, ${b})` },
      body: ({ all, each }) => `  let begin = ${LINE_BEGIN};
  var own_rank = 0u;
  var own_place = 0xffffffffu;
  ${each(
    'params.count',
    `let rank = rank_of(x_at(begin + j * params.inner));
    if (own_place == 0xffffffffu || rank > own_rank) {
      own_rank = rank;
      own_place = j;
    }`,
  )}
  let best = ${all('largest', 'own_rank')};
  let place = ${all('least', 'select(0xffffffffu, own_place, own_rank == best)')};
  if (member == 0u) { put_out(line, i32(select(place, 0u, place == 0xffffffffu))); }`,
    });
  },
});

const WIDTH = 256;
/** Elements of a line that each invocation adds up between two scans. */
const OWN = 4;

export const cumsum = wgslKernel(kernels.cumsum, {
  refuse: sameDtype('x', 'out'),
  /** `together` where a workgroup should share a line. */
  specialize({ params }) {
    const [outer, count, inner] = [params.outer, params.count, params.inner].map(fixedParam);
    const few = outer !== undefined && inner !== undefined && outer * inner <= 4096;
    return few && count !== undefined && count >= 64 ? 'together' : '';
  },
  shader: (variant) => (variant.specialization === 'together' ? together(variant) : apart(variant)),
});

function apart(variant: Variant): Shader {
  const type = valueType(dtypeOf(variant, 'x'));
  return lineShader({
    width: 1,
    lines: LINES,
    reductions: {},
    body: ({ each }) => `  let begin = ${LINE_BEGIN};
  var total = ${type}(0);
  ${each('params.count', 'total += x_at(begin + j * params.inner); put_out(begin + j * params.inner, total);')}`,
  });
}

/** A scan of the invocations' sums (Hillis, Steele 1986), part after part of the line. */
function together(variant: Variant): Shader {
  const type = valueType(dtypeOf(variant, 'x'));
  return {
    workgroup: WIDTH,
    tile: 1,
    declarations: `var<workgroup> cells: array<${type}, ${WIDTH}>;`,
    main: `  let line = block;
  if (line >= ${LINES}) { return; }
  let begin = ${LINE_BEGIN};
  var carry = ${type}(0);
  for (var base = 0u; base < params.count; base += ${WIDTH * OWN}u) {
    let first = base + lane * ${OWN}u;
    var own = vec4<${type}>();
    var sum = ${type}(0);
    for (var k = 0u; k < ${OWN}u; k++) {
      if (first + k < params.count) { sum += x_at(begin + (first + k) * params.inner); }
      own[k] = sum;
    }
    cells[lane] = sum;
    workgroupBarrier();
    for (var step = 1u; step < ${WIDTH}u; step *= 2u) {
      var before = ${type}(0);
      if (lane >= step) { before = cells[lane - step]; }
      workgroupBarrier();
      cells[lane] += before;
      workgroupBarrier();
    }
    var offset = carry;
    if (lane > 0u) { offset += cells[lane - 1u]; }
    for (var k = 0u; k < ${OWN}u; k++) {
      if (first + k < params.count) { put_out(begin + (first + k) * params.inner, offset + own[k]); }
    }
    carry += cells[${WIDTH - 1}u];
    workgroupBarrier();
  }`,
  };
}
