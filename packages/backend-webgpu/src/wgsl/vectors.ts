/** Shaders that write whole vectors of four: for sizes that are multiples of four. */

import type { Shader } from '../kernel.js';

const WORKGROUP = 256;

interface Vectors {
  /** Number of outputs, in WGSL; a multiple of four. */
  readonly size: string;
  /** Inputs that are read by `NAME_four`. */
  readonly inputs: readonly string[];
  /** Elements i to i + 3 of the output, i a multiple of four: an expression in `i`. */
  readonly value: string;
  readonly declarations?: string;
}

/** out[i .. i + 3] = value. */
export function vectorShader({ size, inputs, value, declarations = '' }: Vectors): Shader {
  return {
    workgroup: WORKGROUP,
    tile: 4 * WORKGROUP,
    vectors: [...inputs, 'out'],
    declarations,
    main: `  let word = block * ${WORKGROUP}u + lane;
  let i = word * 4u;
  if (i < ${size}) { put_out_four(word, ${value}, 4u); }`,
  };
}
