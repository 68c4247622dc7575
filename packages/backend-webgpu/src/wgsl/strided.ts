/** Where the elements of strided tensors stand. Shapes have eight axes, right-aligned with leading ones. */

import { lane } from './params.js';

const AXES = 8;

/** Axes of a shape without its leading ones; at least 1. Shaders are made for it, so that they loop over no more. */
export function rankOf(shape: readonly number[]): number {
  const first = shape.findIndex((length) => length !== 1);
  return first < 0 ? 1 : Math.max(1, AXES - first);
}

export interface StridedCode {
  /** Name of the function: `fn NAME(index: u32) -> u32`, or a vector of an offset for each of `strides`. */
  readonly name: string;
  /** The parameter that holds the shape; index is row-major over it. */
  readonly shape: string;
  /** The parameters that hold strides, in elements: one to four. */
  readonly strides: readonly string[];
  /** As of {@link rankOf}. */
  readonly rank: number;
  /** Whether strides are i32 in place of u32. */
  readonly signed?: boolean;
}

/** Declares a function from the number of an element to its place in one or several tensors. */
export function stridedOffsets({ name, shape, strides, rank, signed = false }: StridedCode): string {
  const type = strides.length === 1 ? 'u32' : `vec${strides.length}u`;
  const at = (axis: number) => {
    const each = strides.map((stride) => {
      const value = lane(stride, axis);
      return signed ? `bitcast<u32>(${value})` : value;
    });
    return strides.length === 1 ? each[0] : `${type}(${each.join(', ')})`;
  };
  const lines: string[] = [];
  for (let axis = AXES - 1; axis > AXES - rank; axis--) {
    const length = lane(shape, axis);
    lines.push(`  offset += (rest % ${length}) * ${at(axis)};`, `  rest /= ${length};`);
  }
  return `fn ${name}(index: u32) -> ${type} {
  var rest = index;
  var offset = ${type}();
${lines.join('\n')}
  return offset + rest * ${at(AXES - rank)};
}`;
}

/** The rank behind a specialization that `String(rankOf(shape))` made. */
export function specializedRank(specialization: string): number {
  const rank = Number(specialization);
  return rank >= 1 && rank <= AXES ? rank : AXES;
}
