/** The text of reductions, scans and softmax: one for each dtype. */

import { type DType, kernels } from '@wick/core';
import type { MslShader } from '../kernel.js';
import {
  combinedText,
  eachOf,
  type LineWidth,
  lineCells,
  lineLaunch,
  lineStart,
  WIDTH,
} from '../msl/lines.js';
import {
  cached,
  constantsText,
  kernelText,
  MAP_THREADS,
  MAP_TILE,
  mapBody,
  moduleText,
} from '../msl/module.js';
import { NUMBERS } from '../msl/numbers.js';
import { STRIDED } from '../msl/strided.js';
import { isFloat, STORED, VALUE, type ValueType } from '../msl/types.js';

/** Function constants beside the width of a line. */
export const SCAN = {
  /** Place in `REDUCE_OPS`. */
  op: { name: 'op', index: 1, type: 'uint' },
  /** Axes that are kept and reduced; both 0 where outputs are rows. */
  keptRank: { name: 'kept_axes', index: 2, type: 'uint' },
  reducedRank: { name: 'reduced_axes', index: 3, type: 'uint' },
  /** The smallest in place of the largest, or the logarithm. */
  flip: { name: 'flip', index: 4, type: 'bool' },
} as const;

/** Places in `REDUCE_OPS`. */
const [SUM, MAX] = [0, 2];

/** What an empty reduction gives: of sum, mean, max, min, prod. */
const STARTS: Readonly<Record<ValueType, readonly string[]>> = {
  float: ['0.0f', '0.0f', '-INFINITY', 'INFINITY', '1.0f'],
  int: ['0', '0', 'int(0x80000000u)', '0x7fffffff', '1'],
  uint: ['0u', '0u', '0u', '0xffffffffu', '1u'],
};
const STEPS = ['add_of(a, b)', 'add_of(a, b)', 'max_of(a, b)', 'min_of(a, b)', 'mul_of(a, b)'];

const cases = (values: readonly string[]) =>
  values.map((value, i) => `    case ${i}: return ${value};`).join('\n');

const stepsText = (type: ValueType) => `inline ${type} step_of(uint op, ${type} a, ${type} b) {
  switch (op) {
${cases(STEPS)}
    default: return a;
  }
}

inline ${type} start_of(uint op) {
  switch (op) {
${cases(STARTS[type])}
    default: return ${type}(0);
  }
}`;

/** A number in the order of the values, floats by their bits and both zeros alike; a NaN before all. */
const ORDERS: Readonly<Record<ValueType, string>> = {
  float: `  if (is_nan(x)) return 0xffffffffu;
  const uint bits = as_type<uint>(x) == 0x80000000u ? 0u : as_type<uint>(x);
  const uint order = bits >= 0x80000000u ? ~bits : bits | 0x80000000u;`,
  int: '  const uint order = uint(x) ^ 0x80000000u;',
  uint: '  const uint order = x;',
};

const rankText = (type: ValueType) => `inline uint rank_of(${type} x) {
${ORDERS[type]}
  return flip ? ~order : order;
}

struct Best { uint rank; uint place; };

inline Best better_of(Best a, Best b) {
  return b.rank > a.rank || (b.rank == a.rank && b.place < a.place) ? b : a;
}

inline Best shuffled(Best best, ushort distance) {
  return Best{simd_shuffle_xor(best.rank, distance), simd_shuffle_xor(best.place, distance)};
}`;

/** Where line number `line` of [outer, count, inner] begins; its elements are `inner` apart. */
const LINES = 'params.outer * params.inner';
const LINE_BEGIN =
  '  const uint begin = (line / params.inner) * params.count * params.inner + line % params.inner;';

const PLACES = ['group', 'lane', 'simd', 'member'] as const;

function reduceText(stored: string, type: ValueType): string {
  return kernelText({
    entry: 'reduce_lines',
    contract: kernels.reduce,
    types: { x: stored, out: stored },
    places: PLACES,
    body: `${lineCells(type)}
${lineStart('params.outputs')}
  const uint kept = kept_axes == 0 ? line * params.count
                                   : offset_of(line, params.keptShape, params.keptStrides, kept_axes);
  ${type} total = start_of(op);
${eachOf(
  'params.count',
  `    const uint reduced = reduced_axes == 0 ? j
                                           : offset_of(j, params.reducedShape, params.reducedStrides, reduced_axes);
    total = step_of(op, total, ${type}(x[kept + reduced]));`,
)}
  total = combined(op, total, cells, simd, member);
${type === 'float' ? '  if (op == 1) total = total / float(params.count);' : ''}
  if (own == 0) out[line] = ${stored}(total);`,
  });
}

function argReduceText(stored: string, type: ValueType): string {
  return kernelText({
    entry: 'arg_reduce',
    contract: kernels.argReduce,
    types: { x: stored, out: 'int' },
    places: PLACES,
    body: `  threadgroup uint ranks[8];
  threadgroup uint places[8];
${lineStart(LINES)}
${LINE_BEGIN}
  const uint none = 0xffffffffu;
  Best best = Best{0u, none};
${eachOf(
  'params.count',
  `    const uint rank = rank_of(${type}(x[begin + j * params.inner]));
    if (best.place == none || rank > best.rank) best = Best{rank, j};`,
)}
  if (width > 1) {
    for (ushort distance = 16; distance > 0; distance /= 2) best = better_of(best, shuffled(best, distance));
  }
  if (width == 256) {
    if (member == 0) {
      ranks[simd] = best.rank;
      places[simd] = best.place;
    }
    threadgroup_barrier(mem_flags::mem_threadgroup);
    best = Best{ranks[member % 8], places[member % 8]};
    for (ushort distance = 4; distance > 0; distance /= 2) best = better_of(best, shuffled(best, distance));
  }
  if (own == 0) out[line] = best.place == none ? 0 : int(best.place);`,
  });
}

/** Sums of a SIMD group by doubling (Hillis, Steele 1986), 32 elements of the line after another. */
function cumsumText(stored: string, type: ValueType): string {
  return kernelText({
    entry: 'running_sum',
    contract: kernels.cumsum,
    types: { x: stored, out: stored },
    body: `${lineStart(LINES)}
${LINE_BEGIN}
  ${type} carry = ${type}(0);
  if (width == 1) {
    for (uint j = 0; j < params.count; j++) {
      carry = add_of(carry, ${type}(x[begin + j * params.inner]));
      out[begin + j * params.inner] = ${stored}(carry);
    }
    return;
  }
  for (uint base = 0; base < params.count; base += 32) {
    const uint at = begin + (base + lane) * params.inner;
    const bool inside = base + lane < params.count;
    ${type} sum = inside ? ${type}(x[at]) : ${type}(0);
    for (ushort distance = 1; distance < 32; distance *= 2) {
      const ${type} before = simd_shuffle_up(sum, distance);
      if (lane >= distance) sum = add_of(sum, before);
    }
    sum = add_of(sum, carry);
    if (inside) out[at] = ${stored}(sum);
    carry = simd_broadcast(sum, ushort(31));
  }`,
  });
}

function softmaxText(stored: string): string {
  const x = 'float(x[begin + j * params.inner])';
  return kernelText({
    entry: 'softmax',
    contract: kernels.softmax,
    types: { x: stored, out: stored },
    places: PLACES,
    body: `${lineCells('float')}
${lineStart(LINES)}
${LINE_BEGIN}
  float largest = -INFINITY;
${eachOf('params.count', `    largest = max_of(largest, ${x});`)}
  largest = combined(${MAX}, largest, cells, simd, member);
  float sum = 0.0f;
${eachOf('params.count', `    sum += exp(${x} - largest);`)}
  sum = combined(${SUM}, sum, cells, simd, member);
  const float logarithm = log(sum);
${eachOf(
  'params.count',
  `    const float difference = ${x} - largest;
    out[begin + j * params.inner] = ${stored}(flip ? difference - logarithm : exp(difference) / sum);`,
)}`,
  });
}

function scatterText(stored: string, type: ValueType): string {
  return kernelText({
    entry: 'scatter_add',
    contract: kernels.scatterAdd,
    types: { x: stored, index: 'int', source: stored, out: stored },
    body: mapBody(
      'params.size',
      `    uint rest = i;
    uint stride = 1;
    uint at = 0;
    uint step = 0;
    uint place = 0;
    bool inside = true;
    for (uint n = 0; n < 8; n++) {
      const uint axis = 7 - n;
      const uint quotient = rest / params.shape[axis];
      const uint c = rest - quotient * params.shape[axis];
      if (axis == params.axis) {
        place = c;
        step = stride;
      } else {
        at += c * stride;
        inside = inside && c < params.indexShape[axis];
      }
      stride *= params.indexShape[axis];
      rest = quotient;
    }
    ${type} total = ${type}(x[i]);
    const uint count = inside ? params.indexShape[params.axis] : 0;
    for (uint j = 0; j < count; j++, at += step) {
      if (index[at] == int(place)) total = add_of(total, ${type}(source[at]));
    }
    out[i] = ${stored}(total);`,
    ),
  });
}

const scans = cached((dtype: DType) => {
  const stored = STORED[dtype];
  const type = VALUE[dtype];
  return moduleText(
    constantsText([WIDTH, ...Object.values(SCAN)]),
    NUMBERS,
    STRIDED,
    stepsText(type),
    combinedText(type),
    rankText(type),
    reduceText(stored, type),
    argReduceText(stored, type),
    cumsumText(stored, type),
    isFloat(dtype) ? softmaxText(stored) : '',
    scatterText(stored, type),
  );
});

/** A kernel of this text over lines. */
export function lined(
  dtype: DType,
  entry: string,
  width: LineWidth,
  constants: NonNullable<MslShader['constants']> = [],
): MslShader {
  return {
    source: scans(dtype),
    entry,
    constants: [{ index: WIDTH.index, type: WIDTH.type, value: width }, ...constants],
    ...lineLaunch(width),
  };
}

/** A kernel of this text over independent elements. */
export function scanned(dtype: DType, entry: string): MslShader {
  return { source: scans(dtype), entry, threads: MAP_THREADS, tile: MAP_TILE };
}
