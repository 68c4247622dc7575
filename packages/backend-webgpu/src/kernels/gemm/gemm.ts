/**
 * Products of matrices in general: out = A B, where A and B are whatever a few neighbouring elements can be
 * loaded from. Matrix products and convolutions are made of it, each in registers or, for float16, with
 * subgroup matrices.
 */

/** A matrix that is loaded a few neighbours at a time: four, or eight with subgroup matrices. */
export interface Factor {
  /** The axis that neighbours lie along: `k`, or the other one. */
  readonly along: 'k' | 'side';
  /**
   * WGSL of the elements from (side, i) on; both are multiples of their number, and expressions. Four are a
   * vec4 of float32, eight the bits of float16 in a vec4u. 0 beyond the end of i, anything beyond that of side.
   */
  readonly load: (side: string, i: string) => string;
  /** Whether memory runs along the side although `load` does not: invocations then walk along the side. */
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
  /** WGSL before anything is loaded: finds `tile`, and `b_side`, the first column that this invocation loads. */
  readonly prelude: string;
  /** Statement that stores one element, or four neighbours along the columns; leaves out what is beyond. */
  readonly store: (row: string, column: string, value: string) => string;
  readonly storeQuad: (row: string, column: string, value: string) => string;
  /** Whether the elements of a load lie apart. */
  readonly gathered?: boolean;
  /** As of a shader. */
  readonly vectors: readonly string[];
  readonly octets?: readonly string[];
}

/** How many neighbours are loaded at once. */
export type LoadWidth = 4 | 8;

export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Lines of WGSL for each of `count` numbers. */
export function lines(count: number, line: (i: number) => string): string {
  return range(count).map(line).join('\n');
}

/** How the invocations of a workgroup share the loads of a tile of one factor. */
export interface Share {
  /** Loads of an invocation. */
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
  width: LoadWidth,
): Share {
  const count = (side * depth) / width / workgroup;
  const perLine = (along === 'k' ? depth : side) / width;
  const place = (j: number) => {
    const e = `(lane + ${j * workgroup}u)`;
    if (along === 'side') return [`${width}u * (${e} % ${perLine}u)`, `${e} / ${perLine}u`];
    return sideFirst
      ? [`${e} % ${side}u`, `${width}u * (${e} / ${side}u)`]
      : [`${e} / ${perLine}u`, `${width}u * (${e} % ${perLine}u)`];
  };
  const places = lines(count, (j) => {
    const [sideAt, iAt] = place(j);
    return `  let ${name}_side_${j} = ${sideAt};\n  let ${name}_i_${j} = ${iAt};`;
  });
  return { count, places };
}
