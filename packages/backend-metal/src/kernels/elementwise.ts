/**
 * Kernels that compute every element of the output from the elements at the same place. There is one text
 * for each dtype of the input; ops are function constants.
 */

import {
  BINARY_OPS,
  type BinaryOp,
  binaryResult,
  binarySupports,
  DTYPES,
  type DType,
  GATES,
  kernels,
  UNARY_OPS,
  unarySupports,
} from '@wick/core';
import { choice, dtypeOf, flag, type MslShader, mslKernel, sameDtype, type Variant } from '../kernel.js';
import { FUNCTIONS } from '../msl/functions.js';
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
import { rankOf, STRIDED, specializedRank } from '../msl/strided.js';
import { isFloat, STORED, VALUE } from '../msl/types.js';
import { ACTIVATIONS, arithmeticText, binaryNumber, truthText, unaryNumber, unaryText } from './functions.js';

const OP = { name: 'op', index: 0, type: 'uint' } as const;
/** Axes to walk; 0 where all operands have the shape of the output. */
const RANK = { name: 'axes', index: 1, type: 'uint' } as const;
const REVERSED = { name: 'reversed', index: 2, type: 'bool' } as const;

/** An `out` of the dtype of the inputs, or of bool. */
const BINARY_FORMS = [
  { suffix: '', bool: false, call: 'arithmetic_of' },
  { suffix: '_bool', bool: true, call: 'truth_of' },
] as const;

const hasArithmetic = (dtype: DType) => binarySupports('add', dtype);

const elementwise = cached((dtype: DType) => {
  const stored = STORED[dtype];
  const type = VALUE[dtype];
  const forms = BINARY_FORMS.filter(({ bool }) => bool || hasArithmetic(dtype));
  const scalar = { float: 'params.scalar', int: 'params.integer', uint: 'uint(params.integer)' }[type];
  return moduleText(
    constantsText([OP, RANK, REVERSED]),
    NUMBERS,
    HALF_BITS,
    isFloat(dtype) ? `${FUNCTIONS}\n\n${ACTIVATIONS}` : '',
    STRIDED,
    unaryText(dtype),
    hasArithmetic(dtype) ? arithmeticText(dtype) : '',
    truthText(dtype),
    kernelText({
      entry: 'unary',
      contract: kernels.unary,
      types: { x: stored, out: stored },
      body: mapBody(
        'params.size',
        `    out[i] = ${stored}(unary_of(op, ${type}(x[i]), params.alpha, params.beta));`,
      ),
    }),
    ...forms.map(({ suffix, bool, call }) =>
      kernelText({
        entry: `binary${suffix}`,
        contract: kernels.binary,
        types: { a: stored, b: stored, out: bool ? 'uchar' : stored },
        body: mapBody(
          'params.size',
          `    const uint a_at = axes == 0 ? i : offset_of(i, params.shape, params.aStrides, axes);
    const uint b_at = axes == 0 ? i : offset_of(i, params.shape, params.bStrides, axes);
    out[i] = ${bool ? 'uchar' : stored}(${call}(op, ${type}(a[a_at]), ${type}(b[b_at])));`,
        ),
      }),
    ),
    ...forms
      .filter(() => hasArithmetic(dtype))
      .map(({ suffix, bool, call }) =>
        kernelText({
          entry: `binary_scalar${suffix}`,
          contract: kernels.binaryScalar,
          types: { x: stored, out: bool ? 'uchar' : stored },
          body: mapBody(
            'params.size',
            `    const ${type} value = ${type}(x[i]);
    const ${type} scalar = ${scalar};
    out[i] = ${bool ? 'uchar' : stored}(${call}(op, reversed ? scalar : value, reversed ? value : scalar));`,
          ),
        }),
      ),
    ...DTYPES.map((to) => castText(dtype, to)),
    isFloat(dtype) ? gatedText(stored) : '',
  );
});

const BITS: Readonly<Partial<Record<DType, string>>> = { float32: 'uint', float16: 'ushort' };

/** How a value named `x` of dtype `from` becomes one of `to`: floats as their bits. */
function conversion(from: DType, to: DType): string {
  if (from === to && to !== 'bool') return 'x';
  if (to === 'bool') {
    if (from === 'float32') return 'uchar((x & 0x7fffffffu) != 0)'; // a subnormal is not 0
    if (from === 'float16') return 'uchar((uint(x) & 0x7fffu) != 0)';
    return 'uchar(x != 0)';
  }
  const value = from === 'float16' ? 'float_bits_of_half(x)' : 'x';
  if (isFloat(from)) {
    if (to === 'float32') return value;
    if (to === 'float16') return 'half_bits_of_float(x)';
    const number = `as_type<float>(${value})`;
    if (to === 'int32') return `to_int(${number})`;
    return to === 'uint32' ? `to_uint(${number})` : `uchar(min(to_uint(${number}), 255u))`;
  }
  if (to === 'float32') return 'as_type<uint>(float(x))';
  if (to === 'float16') return 'half_bits_of_float(as_type<uint>(float(x)))';
  return `${STORED[to]}(x)`;
}

function castText(from: DType, to: DType): string {
  const types = { x: BITS[from] ?? STORED[from], out: BITS[to] ?? STORED[to] };
  return kernelText({
    entry: `cast_${to}`,
    contract: kernels.cast,
    types,
    body: mapBody(
      'params.size',
      `    const ${types.x} x_bits = x[i];
    out[i] = ${conversion(from, to).replaceAll(/\bx\b/g, 'x_bits')};`,
    ),
  });
}

function gatedText(stored: string): string {
  return kernelText({
    entry: 'gated',
    contract: kernels.gated,
    types: { gate: stored, up: stored, out: stored },
    body: mapBody(
      'params.rows * params.width',
      `    const uint row = i / params.width;
    const uint column = i - row * params.width;
    const float g = float(gate[row * params.gateRow + params.gateOffset + column]);
    const float u = float(up[row * params.upRow + params.upOffset + column]);
    out[i] = ${stored}(u * activation_of(op, g));`,
    ),
  });
}

const mapped = (dtype: DType, entry: string, constants: MslShader['constants'] = []): MslShader => ({
  source: elementwise(dtype),
  entry,
  constants,
  threads: MAP_THREADS,
  tile: MAP_TILE,
});

const unarySame = sameDtype('x', 'out');

export const unary = mslKernel(kernels.unary, {
  refuse(variant) {
    const op = choice(variant, 'op', UNARY_OPS);
    const dtype = dtypeOf(variant, 'x');
    return unarySupports(op, dtype) ? unarySame(variant) : `${op} is not defined for ${dtype}`;
  },
  shader: (variant) =>
    mapped(dtypeOf(variant, 'x'), 'unary', [
      { index: OP.index, type: OP.type, value: unaryNumber(choice(variant, 'op', UNARY_OPS)) },
    ]),
});

function refuseBinary(variant: Variant, op: BinaryOp, input: string): string | undefined {
  const dtype = dtypeOf(variant, input);
  const result = binaryResult(op, dtype);
  if (!binarySupports(op, dtype)) return `${op} is not defined for ${dtype}`;
  return dtypeOf(variant, 'out') === result
    ? undefined
    : `${op} of ${dtype} writes ${result}, not ${dtypeOf(variant, 'out')}`;
}

/** The op, and the ending of the entry that has the result's dtype. */
function binaryForm(variant: Variant) {
  const op = choice(variant, 'op', BINARY_OPS);
  const arithmetic = binaryResult(op, 'float32') !== 'bool';
  return {
    suffix: arithmetic ? '' : '_bool',
    constant: { index: OP.index, type: OP.type, value: binaryNumber(op) },
  } as const;
}

const binarySame = sameDtype('a', 'b');

export const binary = mslKernel(kernels.binary, {
  refuse: (variant) => refuseBinary(variant, choice(variant, 'op', BINARY_OPS), 'a') ?? binarySame(variant),
  specialize: ({ constants, params }) =>
    constants.layout === 'contiguous' ? '' : String(rankOf(params.shape)),
  shader(variant) {
    const { suffix, constant } = binaryForm(variant);
    const contiguous = choice(variant, 'layout', ['contiguous', 'broadcast']) === 'contiguous';
    const rank = contiguous ? 0 : specializedRank(variant.specialization);
    return mapped(dtypeOf(variant, 'a'), `binary${suffix}`, [
      constant,
      { index: RANK.index, type: RANK.type, value: rank },
    ]);
  },
});

export const binaryScalar = mslKernel(kernels.binaryScalar, {
  refuse: (variant) => refuseBinary(variant, choice(variant, 'op', BINARY_OPS), 'x'),
  shader(variant) {
    const { suffix, constant } = binaryForm(variant);
    return mapped(dtypeOf(variant, 'x'), `binary_scalar${suffix}`, [
      constant,
      { index: REVERSED.index, type: REVERSED.type, value: flag(variant, 'reversed') },
    ]);
  },
});

export const cast = mslKernel(kernels.cast, {
  shader: (variant) => mapped(dtypeOf(variant, 'x'), `cast_${dtypeOf(variant, 'out')}`),
});

export const gated = mslKernel(kernels.gated, {
  refuse: sameDtype('gate', 'up', 'out'),
  shader: (variant) =>
    mapped(dtypeOf(variant, 'out'), 'gated', [
      { index: OP.index, type: OP.type, value: GATES.indexOf(choice(variant, 'activation', GATES)) },
    ]),
});
