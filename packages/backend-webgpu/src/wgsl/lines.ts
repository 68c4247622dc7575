/**
 * Shaders that work line by line (rows of a norm, outputs of a reduction): a workgroup for each long line,
 * an invocation for each short one, out of one source.
 */

import type { Shader } from '../kernel.js';
import { type Combine, workgroupReduction } from './workgroup.js';

/** Lines that are shorter are walked by one invocation. */
const SHORT = 32;
/** Invocations of a workgroup in which each has a line of its own. */
const APART = 64;

/** Invocations that should share a line of `count` elements; undefined where replays supply the count. */
export function lineWidth(count: number | undefined): number {
  if (count === undefined) return 256;
  if (count < SHORT) return 1;
  return count <= 512 ? 64 : 256;
}

interface Lines {
  /** Invocations that share a line; 1 for a line each. Part of the specialization: see {@link lineWidth}. */
  readonly width: number;
  /** Number of lines, in WGSL. */
  readonly lines: string;
  readonly declarations?: string;
  /** By name: what combines two values of type f32, or of the type that is given. */
  readonly reductions: Readonly<Record<string, Combine>>;
  readonly type?: 'f32' | 'i32' | 'u32';
  /**
   * What is done for `line` by its invocation number `member`. `all(f, x)` combines x over all members with
   * reduction f and gives it to each; `each(body)` walks j from 0 to the line's `count`, shared by them.
   */
  readonly body: (tools: LineTools) => string;
}

interface LineTools {
  readonly all: (reduction: string, value: string) => string;
  readonly each: (count: string, body: string) => string;
}

/** `main` of such a shader. */
export function lineShader({
  width,
  lines,
  declarations = '',
  reductions,
  type = 'f32',
  body,
}: Lines): Shader {
  const each: LineTools['each'] = (count, inner) =>
    `for (var j = member; j < ${count}; j += ${width}u) { ${inner} }`;
  if (width === 1) {
    return {
      workgroup: APART,
      tile: APART,
      declarations,
      main: `  let line = block * ${APART}u + lane;
  if (line >= ${lines}) { return; }
  let member = 0u;
${body({ each, all: (_, value) => value })}`,
    };
  }
  const shared = Object.entries(reductions).map(([name, combine]) =>
    workgroupReduction(name, type, width, combine),
  );
  return {
    workgroup: width,
    tile: 1,
    declarations: [declarations, ...shared].join('\n'),
    main: `  let line = block;
  if (line >= ${lines}) { return; }
  let member = lane;
${body({ each, all: (reduction, value) => `${reduction}(${value}, lane)` })}`,
  };
}
