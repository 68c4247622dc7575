/** Kernels that move elements without computing. */

import { type DType, kernels, PAD_MODES, type PadMode } from '@wick/core';
import { choice, dtypeOf, fixedParam, sameDtype, wgslKernel } from '../kernel.js';
import { mapShader } from '../wgsl/map.js';
import { lane } from '../wgsl/params.js';
import { rankOf, specializedRank, stridedOffsets } from '../wgsl/strided.js';
import { valueType } from '../wgsl/types.js';
import { vectorShader } from '../wgsl/vectors.js';

export const stridedCopy = wgslKernel(kernels.stridedCopy, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(rankOf(params.shape)),
  shader(variant) {
    const rank = specializedRank(variant.specialization);
    return mapShader(variant, {
      size: 'params.size',
      declarations: stridedOffsets({
        name: 'place',
        shape: 'shape',
        strides: ['strides'],
        rank,
        signed: true,
      }),
      value: 'x_at(params.offset + place(i))',
    });
  },
});

/** Where coordinate c, which may lie outside of the `length` elements of the input, takes its element from. */
const SOURCE: Readonly<Record<PadMode, string>> = {
  constant: 'select(c, -1, c >= length)',
  replicate: 'clamp(c, 0, length - 1)',
  reflect: 'select(abs(c), 2 * (length - 1) - c, c >= length)',
};

export const pad = wgslKernel(kernels.pad, {
  refuse: sameDtype('x', 'out'),
  specialize: ({ params }) => String(Math.max(rankOf(params.shape), rankOf(params.inShape))),
  shader(variant) {
    const rank = specializedRank(variant.specialization);
    const lines: string[] = [];
    for (let axis = 7; axis >= 8 - rank; axis--) {
      const length = lane('shape', axis);
      const inLength = lane('inShape', axis);
      lines.push(
        `  from_at = source(i32(rest % ${length}) - i32(${lane('before', axis)}), i32(${inLength}));`,
        '  inside = inside && from_at >= 0;',
        `  rest /= ${length};`,
        '  offset += u32(from_at) * stride;',
        `  stride *= ${inLength};`,
      );
    }
    const dtype = dtypeOf(variant, 'out');
    const type = valueType(dtype);
    return mapShader(variant, {
      size: 'params.size',
      declarations: `fn source(c: i32, length: i32) -> i32 { return ${SOURCE[choice(variant, 'mode', PAD_MODES)]}; }
fn padded(i: u32) -> ${type} {
  var rest = i;
  var stride = 1u;
  var offset = 0u;
  var inside = true;
  var from_at = 0;
${lines.join('\n')}
  if (!inside) { return ${PADDING[dtype]}; }
  return x_at(offset);
}`,
      value: 'padded(i)',
    });
  },
});

/** The value of the padding in each dtype, as `cast` would convert it. */
const PADDING: Readonly<Record<DType, string>> = {
  float32: 'params.value',
  float16: 'params.value',
  int32: 'to_i32(params.value)',
  uint32: 'to_u32(params.value)',
  uint8: 'min(to_u32(params.value), 255u)',
  bool: 'select(0u, 1u, params.value != 0.0 || is_nan(params.value))',
};

const PARTS = ['a', 'b', 'c', 'd'] as const;

export const concat = wgslKernel(kernels.concat, {
  refuse: sameDtype('a', 'b', 'c', 'd', 'out'),
  /** `vectors` where each part of a row is a multiple of four long. */
  specialize({ params: { aPart, bPart, cPart, dPart } }) {
    const whole = [aPart, bPart, cPart, dPart].every((part) => (fixedParam(part) ?? 1) % 4 === 0);
    return whole ? 'vectors' : '';
  },
  shader(variant) {
    const inputs = PARTS.filter((name) => variant.dtypes[name] !== undefined);
    const vectors = variant.specialization === 'vectors';
    const type = valueType(dtypeOf(variant, 'out'));
    const lines = inputs.map((name) => {
      const at = `row * params.${name}Part + column`;
      return `  if (column < params.${name}Part) { return ${vectors ? `${name}_four((${at}) >> 2u)` : `${name}_at(${at})`}; }
  column -= params.${name}Part;`;
    });
    const result = vectors ? `vec4<${type}>` : type;
    const size = 'params.outer * row_length()';
    const declarations = `fn row_length() -> u32 { return params.aPart + params.bPart + params.cPart + params.dPart; }
fn joined(i: u32) -> ${result} {
  let row = i / row_length();
  var column = i % row_length();
${lines.join('\n')}
  return ${result}();
}`;
    return vectors
      ? vectorShader({ size, inputs, declarations, value: 'joined(i)' })
      : mapShader(variant, { size, declarations, value: 'joined(i)' });
  },
});
