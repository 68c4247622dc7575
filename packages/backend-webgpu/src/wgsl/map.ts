/** Shaders whose outputs are independent elements. Every invocation writes four neighbours. */

import { dtypeOf, type Shader, type Variant } from '../kernel.js';
import { valueType } from './types.js';

const WORKGROUP = 256;
const PER_INVOCATION = 4;

interface Elements {
  /** Number of outputs, in WGSL. */
  readonly size: string;
  readonly declarations?: string;
  /** The written binding. Default: `out`. */
  readonly out?: string;
}

const shell = (body: string, size: string) => `
  let word = block * ${WORKGROUP}u + lane;
  let first = word * 4u;
  let size = ${size};
  if (first >= size) { return; }
${body}`;

/** out[i] = value, for any expression in `i` that has the value type of `out`. */
export function mapShader(
  variant: Variant,
  { size, value, declarations = '', out = 'out' }: Elements & { readonly value: string },
): Shader {
  const type = valueType(dtypeOf(variant, out));
  return {
    workgroup: WORKGROUP,
    tile: WORKGROUP * PER_INVOCATION,
    vectors: [out],
    declarations: `${declarations}
fn value_at(i: u32) -> ${type} { return ${value}; }`,
    main: shell(
      `  var values = vec4<${type}>();
  for (var k = 0u; k < 4u; k++) {
    if (first + k < size) { values[k] = value_at(first + k); }
  }
  put_${out}_four(word, values, size - first);`,
      size,
    ),
  };
}

/**
 * out[i] = value, for an expression in which the name of an input stands for its element i. It reads whole
 * vectors, so inputs and output are contiguous.
 */
export function zipShader(
  variant: Variant,
  {
    inputs,
    size,
    value,
    declarations = '',
    out = 'out',
  }: Elements & { readonly inputs: readonly string[]; readonly value: string },
): Shader {
  const type = valueType(dtypeOf(variant, out));
  const parameters = inputs.map((name) => `${name}: ${valueType(dtypeOf(variant, name))}`);
  const calls = ['x', 'y', 'z', 'w'].map(
    (component) => `value_of(${inputs.map((name) => `${name}_vector.${component}`).join(', ')})`,
  );
  return {
    workgroup: WORKGROUP,
    tile: WORKGROUP * PER_INVOCATION,
    vectors: [...inputs, out],
    declarations: `${declarations}
fn value_of(${parameters.join(', ')}) -> ${type} { return ${value}; }`,
    main: shell(
      `${inputs.map((name) => `  let ${name}_vector = ${name}_four(word);`).join('\n')}
  put_${out}_four(word, vec4<${type}>(${calls.join(', ')}), size - first);`,
      size,
    ),
  };
}
