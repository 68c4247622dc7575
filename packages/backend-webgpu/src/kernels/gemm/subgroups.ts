/**
 * The product with subgroup matrices (tensor cores): float16 factors, float32 sums, 16 x 16 x 16 at a time.
 * Tiles of both factors go through workgroup memory, as vectors of 16 bytes: from memory that is not known
 * to be aligned so, drivers load matrices element by element. Every subgroup owns a block of outputs. Sums
 * return through workgroup memory too, since only there they can be converted and have a bias added.
 */

import type { Shader } from '../../kernel.js';
import { type Factor, type Gemm, lines, range, share } from './gemm.js';

/** Outputs of a workgroup and of a subgroup, and how much of k is held at a time. */
export interface SubgroupTile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly ownRows: number;
  readonly ownColumns: number;
}

export const SUBGROUP = 32;
/** Side of a subgroup matrix. */
const SIDE = 16;
/** Elements of a vector of 16 bytes. */
const WIDE = 8;

/** Vectors from one line of a tile to the next: one more than there are spreads lines over the banks. */
function lineOf({ along }: Factor, side: number, depth: number): number {
  return (along === 'k' ? depth : side) / WIDE + 1;
}

export function subgroupGemm(gemm: Gemm, tile: SubgroupTile): Shader {
  const { rows, columns, depth, ownRows, ownColumns } = tile;
  const { a, b } = gemm;
  const across = columns / ownColumns;
  const down = rows / ownRows;
  const workgroup = SUBGROUP * across * down;
  const aShare = share('a', a, rows, depth, workgroup, WIDE);
  const bShare = share('b', b, columns, depth, workgroup, WIDE);
  const aLine = lineOf(a, rows, depth);
  const bLine = lineOf(b, columns, depth);
  const load = (name: string, { load: from }: Factor, count: number) =>
    lines(
      count,
      (j) => `    ${name}_${j} = ${from(`first_${name} + ${name}_side_${j}`, `k + ${name}_i_${j}`)};`,
    );
  const loadBoth = `${load('a', a, aShare.count)}\n${load('b', b, bShare.count)}`;
  const put = (name: string, { along }: Factor, line: number, count: number) =>
    lines(count, (j) => {
      const [first, second] =
        along === 'k' ? [`${name}_side_${j}`, `${name}_i_${j}`] : [`${name}_i_${j}`, `${name}_side_${j}`];
      return `    ${name}_cells[${first} * ${line}u + ${second} / ${WIDE}u] = ${name}_${j};`;
    });
  const declare = (name: string, count: number) => lines(count, (j) => `  var ${name}_${j} = vec4u();`);
  return {
    workgroup,
    tile: [columns, rows, 1],
    grid: [gemm.columns, gemm.rows, gemm.batch],
    vectors: gemm.vectors,
    octets: gemm.octets ?? [],
    extensions: ['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'],
    declarations: `${gemm.declarations}
var<workgroup> a_cells: array<vec4u, ${(a.along === 'k' ? rows : depth) * aLine}>;
var<workgroup> b_cells: array<vec4u, ${(b.along === 'k' ? columns : depth) * bLine}>;
var<workgroup> sums: array<vec4f, ${(across * down * SIDE * SIDE) / 4}>;`,
    // The remainders let a compiler see that matrices lie inside of the tiles.
    main: `  let first_a = tile.y * ${rows}u;
  let first_b = tile.x * ${columns}u;
${aShare.places}
${bShare.places}
  let b_side = first_b + b_side_0;
${gemm.prelude}
  let own_row = ((subgroup / ${across}u) % ${down}u) * ${ownRows}u;
  let own_column = (subgroup % ${across}u) * ${ownColumns}u;
${declare('a', aShare.count)}
${declare('b', bShare.count)}
${sumsOf(tile, (r, c) => `  var sum_${r}_${c}: subgroup_matrix_result<f32, ${SIDE}, ${SIDE}>;`)}
  {
    let k = 0u;
${loadBoth}
  }
  for (var begin = 0u; begin < ${gemm.depth}; begin += ${depth}u) {
${put('a', a, aLine, aShare.count)}
${put('b', b, bLine, bShare.count)}
    workgroupBarrier();
    let k = begin + ${depth}u;
    if (k < ${gemm.depth}) {
${loadBoth}
    }
${multiply(tile, a, b)}
  }
${storeAll(gemm, tile)}`,
  };
}

function sumsOf({ ownRows, ownColumns }: SubgroupTile, line: (r: number, c: number) => string): string {
  return lines(ownRows / SIDE, (r) => lines(ownColumns / SIDE, (c) => line(r, c)));
}

/** The barrier comes before the last products, so that they overlap with what fills the tiles next. */
function multiply(tile: SubgroupTile, a: Factor, b: Factor): string {
  const matrix = (which: 'left' | 'right', factor: Factor, own: string) => {
    const { along } = factor;
    const name = which === 'left' ? 'a' : 'b';
    const line = lineOf(factor, which === 'left' ? tile.rows : tile.columns, tile.depth);
    // Row-major is along k for A and along the columns for B.
    const major = (along === 'k') === (which === 'left') ? 'row_major' : 'col_major';
    return (i: number, n: number) => {
      const place =
        along === 'k'
          ? `(${own} + ${n * SIDE}u) * ${line}u + ${i / WIDE}u`
          : `${i * line}u + (${own} + ${n * SIDE}u) / ${WIDE}u`;
      return `    let ${name}_${i}_${n} = subgroupMatrixLoad<subgroup_matrix_${which}<f16, ${SIDE}, ${SIDE}>, ${major}>(&${name}_cells, ${place}, ${line}u);`;
    };
  };
  const left = matrix('left', a, 'own_row');
  const right = matrix('right', b, 'own_column');
  return range(tile.depth / SIDE)
    .map((step) => {
      const i = step * SIDE;
      return `${lines(tile.ownRows / SIDE, (r) => left(i, r))}
${lines(tile.ownColumns / SIDE, (c) => right(i, c))}${i + SIDE === tile.depth ? '\n    workgroupBarrier();' : ''}
${sumsOf(tile, (r, c) => `    sum_${r}_${c} = subgroupMatrixMultiplyAccumulate(a_${i}_${r}, b_${i}_${c}, sum_${r}_${c});`)}`;
    })
    .join('\n');
}

/** One matrix of each subgroup at a time. */
function storeAll({ storeQuad }: Gemm, tile: SubgroupTile): string {
  const perLine = SIDE / 4;
  const cells = SIDE * perLine;
  const subgroups = (tile.rows / tile.ownRows) * (tile.columns / tile.ownColumns);
  return `  let own_sums = (subgroup % ${subgroups}u) * ${cells}u;
  let own_quad = lane % ${SUBGROUP}u;
${sumsOf(
  tile,
  (r, c) => `  subgroupMatrixStore<row_major>(&sums, own_sums, sum_${r}_${c}, ${perLine}u);
  workgroupBarrier();
${lines(cells / SUBGROUP, (j) => {
  const quad = `own_quad + ${j * SUBGROUP}u`;
  const row = `first_a + own_row + ${r * SIDE}u + (${quad}) / ${perLine}u`;
  const column = `first_b + own_column + ${c * SIDE}u + 4u * (own_quad % ${perLine}u)`;
  return storeQuad(row, column, `sums[own_sums + ${quad}]`);
})}
  workgroupBarrier();`,
)}`;
}
