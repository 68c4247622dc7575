/**
 * Shaders that work line by line on lines that a workgroup can hold in registers: memory is read once and
 * written once, four elements at a time.
 */

import type { Shader, ShaderFeatures } from '../kernel.js';
import { reduction } from './subgroups.js';
import type { Combine } from './workgroup.js';

const WIDTH = 256;
/** Vectors that an invocation holds at most. */
const MOST = 8;

/** Vectors that an invocation holds of a line of `count` elements; undefined where a line does not fit. */
export function heldVectors(count: number | undefined): number | undefined {
  if (count === undefined || count % 4 !== 0 || count < WIDTH) return undefined;
  const vectors = Math.ceil(count / 4 / WIDTH);
  return vectors <= MOST ? vectors : undefined;
}

interface Held {
  readonly features: ShaderFeatures;
  readonly vectors: number;
  /** Number of lines, and elements of each, in WGSL. */
  readonly lines: string;
  readonly count: string;
  readonly reductions: Readonly<Record<string, Combine>>;
  readonly declarations?: string;
  readonly body: (tools: HeldTools) => string;
}

interface HeldTools {
  readonly all: (reduction: string, value: string) => string;
  /** Runs a body for every vector: `v` is its name, `word` its number in the line. */
  readonly each: (body: (v: string, word: string) => string) => string;
}

/** Reads lines of `x` and writes those of `out`: the body ends with vectors that hold what is written. */
export function heldShader(held: Held): Shader {
  const { features, vectors, lines, count, declarations = '' } = held;
  const made = Object.fromEntries(
    Object.entries(held.reductions).map(([name, combine]) => [
      name,
      reduction(name, 'f32', WIDTH, combine, features),
    ]),
  );
  const numbers = Array.from({ length: vectors }, (_, j) => j);
  const each: HeldTools['each'] = (body) =>
    numbers
      .map((j) => {
        const word = `(lane + ${j * WIDTH}u)`;
        // Only the last vectors may lie beyond the line.
        const guard = j === vectors - 1 ? `if (${word} < words) ` : '';
        return `  ${guard}{ ${body(`held_${j}`, word)} }`;
      })
      .join('\n');
  return {
    workgroup: WIDTH,
    tile: 1,
    vectors: ['x', 'out'],
    extensions: Object.values(made).some(({ extensions }) => extensions.length > 0) ? ['subgroups'] : [],
    declarations: [declarations, ...Object.values(made).map(({ code }) => code)].join('\n'),
    main: `  let line = block;
  if (line >= ${lines}) { return; }
  let words = ${count} / 4u;
  let begin = line * words;
${numbers.map((j) => `  var held_${j} = vec4f();`).join('\n')}
${each((v, word) => `${v} = x_four(begin + ${word});`)}
${held.body({ all: (name, value) => made[name].of(value), each })}
${each((v, word) => `put_out_four(begin + ${word}, ${v}, 4u);`)}`,
  };
}
