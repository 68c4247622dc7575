/**
 * The text of the kernels that move elements without computing. Elements are moved as unsigned integers of
 * their width, so that every bit of them survives, and there is one text for each width.
 */

import { DTYPES, type DType, kernels, PAD_MODES, type PadMode } from '@wick/core';
import type { MslShader } from '../kernel.js';
import {
  cached,
  constantsText,
  kernelText,
  MAP_THREADS,
  MAP_TILE,
  mapBody,
  moduleText,
} from '../msl/module.js';
import { HALF_BITS, NUMBERS } from '../msl/numbers.js';
import { STRIDED } from '../msl/strided.js';

/** Function constants of the moves. */
export const MOVE = {
  /** Axes to walk. */
  rank: { name: 'axes', index: 0, type: 'uint' },
  /** Place in `PAD_MODES`. */
  mode: { name: 'mode', index: 1, type: 'uint' },
  /** Place in `DTYPES`: what the padding is converted to. */
  dtype: { name: 'dtype', index: 2, type: 'uint' },
} as const;

/** The inputs that a `concat` may have, by the ending of its entry. */
export const CONCATS: Readonly<Record<string, readonly string[]>> = {
  '': ['a', 'b'],
  _c: ['a', 'b', 'c'],
  _d: ['a', 'b', 'd'],
  _cd: ['a', 'b', 'c', 'd'],
};

/** Where coordinate c, which may lie outside of the `length` elements, takes its element from; -1 for nowhere. */
const SOURCES: Readonly<Record<PadMode, string>> = {
  constant: 'c >= length ? -1 : c',
  replicate: 'clamp(c, 0, length - 1)',
  reflect: 'c < 0 ? -c : c >= length ? 2 * (length - 1) - c : c',
};

const PADDINGS: Readonly<Record<DType, string>> = {
  float32: 'as_type<uint>(value)',
  float16: 'half_bits_of_float(as_type<uint>(value))',
  int32: 'uint(to_int(value))',
  uint32: 'to_uint(value)',
  uint8: 'min(to_uint(value), 255u)',
  bool: '(as_type<uint>(value) & 0x7fffffffu) != 0 ? 1u : 0u',
};

const PAD_FUNCTIONS = `inline int pad_source(int c, int length) {
  switch (mode) {
${PAD_MODES.map((name, i) => `    case ${i}: return ${SOURCES[name]};`).join('\n')}
    default: return -1;
  }
}

// The bits of the padding, as a cast to the dtype makes them.
inline uint padding_of(float value) {
  switch (dtype) {
${DTYPES.map((name, i) => `    case ${i}: return ${PADDINGS[name]};`).join('\n')}
    default: return 0u;
  }
}`;

const CLAMP_INDEX = `inline uint clamped_index(int index, uint length) {
  return index < 0 ? 0u : min(uint(index), length - 1u);
}`;

type Width = 'uchar' | 'ushort' | 'uint';

const moves = cached((type: Width) =>
  moduleText(
    constantsText(Object.values(MOVE)),
    NUMBERS,
    HALF_BITS,
    STRIDED,
    PAD_FUNCTIONS,
    CLAMP_INDEX,
    kernelText({
      entry: 'strided_copy',
      contract: kernels.stridedCopy,
      types: { x: type, out: type },
      body: mapBody(
        'params.size',
        '    out[i] = x[params.offset + offset_of(i, params.shape, params.strides, axes)];',
      ),
    }),
    kernelText({
      entry: 'pad',
      contract: kernels.pad,
      types: { x: type, out: type },
      body: mapBody(
        'params.size',
        `    uint rest = i;
    uint stride = 1;
    uint offset = 0;
    bool inside = true;
    for (uint axis = 7; axis + axes >= 8; axis--) {
      const uint quotient = rest / params.shape[axis];
      const int c = int(rest - quotient * params.shape[axis]) - int(params.before[axis]);
      const int from = pad_source(c, int(params.inShape[axis]));
      inside = inside && from >= 0;
      offset += uint(from) * stride;
      stride *= params.inShape[axis];
      rest = quotient;
      if (axis == 0) break;
    }
    out[i] = inside ? x[offset] : ${type}(padding_of(params.value));`,
      ),
    }),
    ...Object.entries(CONCATS).map(([suffix, inputs]) => concatText(`concat${suffix}`, inputs, type)),
    kernelText({
      entry: 'select_by',
      contract: kernels.select,
      types: { condition: 'uchar', a: type, b: type, out: type },
      body: mapBody(
        'params.size',
        `    const bool chosen = condition[offset_of(i, params.shape, params.conditionStrides, axes)] != 0;
    out[i] = chosen ? a[offset_of(i, params.shape, params.aStrides, axes)]
                    : b[offset_of(i, params.shape, params.bStrides, axes)];`,
      ),
    }),
    kernelText({
      entry: 'gather',
      contract: kernels.gather,
      types: { x: type, index: 'int', out: type },
      body: mapBody(
        'params.size',
        `    uint rest = i;
    uint offset = 0;
    for (uint axis = 7; axis + axes >= 8; axis--) {
      const uint quotient = rest / params.shape[axis];
      const uint c = axis == params.axis ? clamped_index(index[i], params.axisSize)
                                         : rest - quotient * params.shape[axis];
      offset += c * params.xStrides[axis];
      rest = quotient;
      if (axis == 0) break;
    }
    out[i] = x[offset];`,
      ),
    }),
    kernelText({
      entry: 'gather_rows',
      contract: kernels.gatherRows,
      types: { x: type, index: 'int', out: type },
      body: mapBody(
        'params.outer * params.count * params.inner',
        `    const uint row = i / params.inner;
    const uint outer = row / params.count;
    const uint from = clamped_index(index[row - outer * params.count], params.rows);
    out[i] = x[(outer * params.rows + from) * params.inner + (i - row * params.inner)];`,
      ),
    }),
    kernelText({
      entry: 'write_rows',
      contract: kernels.writeRows,
      types: { source: type, target: type },
      body: mapBody(
        'params.outer * params.rows * params.width',
        `    const uint line = i / params.width;
    const uint outer = line / params.rows;
    const uint row = params.position + (line - outer * params.rows);
    if (row < params.capacity) {
      target[(outer * params.capacity + row) * params.width + (i - line * params.width)] = source[i];
    }`,
      ),
    }),
  ),
);

function concatText(entry: string, inputs: readonly string[], type: Width): string {
  const parts = inputs.map(
    (name) => `    if (column < params.${name}Part) {
      out[i] = ${name}[row * params.${name}Part + column];
      continue;
    }
    column -= params.${name}Part;`,
  );
  return kernelText({
    entry,
    contract: kernels.concat,
    types: { ...Object.fromEntries(inputs.map((name) => [name, type])), out: type },
    body: `  const uint width = params.aPart + params.bPart + params.cPart + params.dPart;
${mapBody(
  'params.outer * width',
  `    const uint row = i / width;
    uint column = i - row * width;
${parts.join('\n')}`,
)}`,
  });
}

const WIDTHS: Readonly<Record<DType, Width>> = {
  float32: 'uint',
  float16: 'ushort',
  int32: 'uint',
  uint32: 'uint',
  uint8: 'uchar',
  bool: 'uchar',
};

/** A kernel of this text. */
export function moved(dtype: DType, entry: string, constants: MslShader['constants'] = []): MslShader {
  return { source: moves(WIDTHS[dtype]), entry, constants, threads: MAP_THREADS, tile: MAP_TILE };
}
