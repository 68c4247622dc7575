/**
 * Products of matrices in general: out = A B, where A and B are whatever four neighbouring elements can be
 * loaded from. Matrix products, convolutions and products with quantised weights are made of it, each in
 * registers or, for float16, with subgroup matrices.
 */

/** A matrix that is loaded four neighbours at a time. */
export interface Factor {
  /** The axis that the four lie along: `k`, or the other one. */
  readonly along: 'k' | 'side';
  /**
   * vec4 of the elements at (side, i) to (side, i + 3) where `along` is `k`, else (side, i) to (side + 3, i);
   * WGSL expressions of multiples of four. 0 beyond the end of i, anything beyond that of side.
   */
  readonly quad: (side: string, i: string) => string;
  /** Whether memory runs along the side although `quad` does not: invocations then walk along the side. */
  readonly sideFirst?: boolean;
}

export interface Gemm {
  /** WGSL: rows of A, columns of B, and what is summed over; the grid is [columns, rows, batch]. */
  readonly rows: string;
  readonly columns: string;
  readonly depth: string;
  readonly batch: string;
  readonly a: Factor;
  readonly b: Factor;
  /** Functions. */
  readonly declarations: string;
  /** WGSL before anything is loaded: finds `tile`, and `b_side`, the column that this invocation loads. */
  readonly prelude: string;
  /** Statement that stores one element, or four neighbours along the columns; leaves out what is beyond. */
  readonly store: (row: string, column: string, value: string) => string;
  readonly storeQuad: (row: string, column: string, value: string) => string;
  /** Bindings that are declared as vectors of four. */
  readonly vectors: readonly string[];
}

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Lines of WGSL for each of `count` numbers. */
export function lines(count: number, line: (i: number) => string): string {
  return range(count).map(line).join('\n');
}

/** How the invocations of a workgroup share the quads of a tile of one factor. */
export interface Share {
  /** Quads of an invocation. */
  readonly count: number;
  /** Declares `NAME_side_J` and `NAME_i_J` for J below `count`, both relative to the tile. */
  readonly places: string;
}

/** @param side length of the tile across k; `depth` along k */
export function share(
  name: string,
  { along, sideFirst = false }: Factor,
  side: number,
  depth: number,
  workgroup: number,
): Share {
  const count = (side * depth) / 4 / workgroup;
  const perLine = along === 'k' ? depth / 4 : side / 4;
  const place = (j: number) => {
    const e = `(lane + ${j * workgroup}u)`;
    if (along === 'side') return [`4u * (${e} % ${perLine}u)`, `${e} / ${perLine}u`];
    return sideFirst
      ? [`${e} % ${side}u`, `4u * (${e} / ${side}u)`]
      : [`${e} / ${perLine}u`, `4u * (${e} % ${perLine}u)`];
  };
  const places = lines(count, (j) => {
    const [sideAt, iAt] = place(j);
    return `  let ${name}_side_${j} = ${sideAt};\n  let ${name}_i_${j} = ${iAt};`;
  });
  return { count, places };
}
