/**
 * The product with subgroup matrices (tensor cores): float16 factors, float32 sums, 16 x 16 x 16 at a time.
 * Tiles of both factors go through workgroup memory; every subgroup owns a block of outputs. Sums return
 * through workgroup memory too, since only there they can be converted and have a bias added.
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
  /** Tiles in workgroup memory: one, or two that are filled and used in turn. */
  readonly stages: 1 | 2;
  readonly memory?: 'vec4' | 'scalar' | 'view';
}

export const SUBGROUP = 32;
/** Side of a subgroup matrix. */
const SIDE = 16;
/** Elements between lines of a tile that spread them over the banks. */
const GAP = 8;

export function subgroupGemm(gemm: Gemm, tile: SubgroupTile): Shader {
  const { rows, columns, depth, ownRows, ownColumns, stages } = tile;
  const { a, b } = gemm;
  const across = columns / ownColumns;
  const subgroups = across * (rows / ownRows);
  const workgroup = SUBGROUP * subgroups;
  const aShare = share('a', a, rows, depth, workgroup);
  const bShare = share('b', b, columns, depth, workgroup);
  const lineOf = ({ along }: Factor, side: number) => (along === 'k' ? depth : side) + GAP;
  const aLine = lineOf(a, rows);
  const bLine = lineOf(b, columns);
  const stageOf = ({ along }: Factor, side: number, line: number) => (along === 'k' ? side : depth) * line;
  const aStage = stageOf(a, rows, aLine);
  const bStage = stageOf(b, columns, bLine);
  const load = (name: string, { quad }: Factor, count: number) =>
    lines(
      count,
      (j) =>
        `    ${name}_${j} = vec4<f16>(${quad(`first_${name} + ${name}_side_${j}`, `k + ${name}_i_${j}`)});`,
    );
  const put = (name: string, { along }: Factor, line: number, count: number, stage: string) =>
    lines(count, (j) => {
      const [first, second] =
        along === 'k' ? [`${name}_side_${j}`, `${name}_i_${j}`] : [`${name}_i_${j}`, `${name}_side_${j}`];
      const at = `${stage}${first} * ${line}u + ${second}`;
      if (tile.memory === 'scalar') {
        return `    { let at_ = ${at}; ${[0, 1, 2, 3].map((c) => `${name}_cells[at_ + ${c}u] = ${name}_${j}[${c}];`).join(' ')} }`;
      }
      if (tile.memory === 'view') return `    (*${name}_quads)[(${at}) / 4u] = ${name}_${j};`;
      return `    ${name}_cells[(${at}) / 4u] = ${name}_${j};`;
    });
  const putBoth = (aAt: string, bAt: string) =>
    `${put('a', a, aLine, aShare.count, aAt)}\n${put('b', b, bLine, bShare.count, bAt)}`;
  const loadBoth = `${load('a', a, aShare.count)}\n${load('b', b, bShare.count)}`;
  const declare = (name: string, count: number) => lines(count, (j) => `  var ${name}_${j} = vec4<f16>();`);
  const ahead = `    let k = begin + ${depth}u;
    if (k < ${gemm.depth}) {
${loadBoth}
    }`;
  const oneStage = `  for (var begin = 0u; begin < ${gemm.depth}; begin += ${depth}u) {
${putBoth('', '')}
    workgroupBarrier();
${ahead}
${multiply(tile, a, b, aLine, bLine, '', '')}
    workgroupBarrier();
  }`;
  const twoStages = `${putBoth('', '')}
  workgroupBarrier();
  var stage = 0u;
  for (var begin = 0u; begin < ${gemm.depth}; begin += ${depth}u) {
${ahead}
${multiply(tile, a, b, aLine, bLine, `stage * ${aStage}u + `, `stage * ${bStage}u + `)}
    stage = 1u - stage;
${putBoth(`stage * ${aStage}u + `, `stage * ${bStage}u + `)}
    workgroupBarrier();
  }`;
  return {
    workgroup,
    tile: [columns, rows, 1],
    grid: [gemm.columns, gemm.rows, gemm.batch],
    vectors: gemm.vectors,
    extensions: ['f16', 'subgroups', 'chromium_experimental_subgroup_matrix'],
    declarations: `${gemm.declarations}
${['a', 'b']
  .map((name) => {
    const size = stages * (name === 'a' ? aStage : bStage);
    if (tile.memory === 'scalar') return `var<workgroup> ${name}_cells: array<f16, ${size}>;`;
    if (tile.memory === 'view') return `var<workgroup> ${name}_buffer: buffer<${2 * size}>;`;
    return `var<workgroup> ${name}_cells: array<vec4<f16>, ${size / 4}>;`;
  })
  .join('\n')}
var<workgroup> sums: array<f32, ${subgroups * SIDE * SIDE}>;`,
    main: `${
      tile.memory === 'view'
        ? ['a', 'b']
            .map(
              (name) =>
                `  let ${name}_quads = bufferView<array<vec4<f16>, ${(stages * (name === 'a' ? aStage : bStage)) / 4}>>(&${name}_buffer, 0u);
  let ${name}_elements = bufferView<array<f16, ${stages * (name === 'a' ? aStage : bStage)}>>(&${name}_buffer, 0u);\n`,
            )
            .join('')
        : ''
    }  let first_a = tile.y * ${rows}u;
  let first_b = tile.x * ${columns}u;
${aShare.places}
${bShare.places}
  let b_side = first_b + b_side_0;
${gemm.prelude}
  let own_row = (subgroup / ${across}u) * ${ownRows}u;
  let own_column = (subgroup % ${across}u) * ${ownColumns}u;
${declare('a', aShare.count)}
${declare('b', bShare.count)}
${sumsOf(tile, (r, c) => `  var sum_${r}_${c}: subgroup_matrix_result<f32, ${SIDE}, ${SIDE}>;`)}
  {
    let k = 0u;
${loadBoth}
  }
${stages === 1 ? oneStage : twoStages}
${storeAll(gemm, tile)}`,
  };
}

function sumsOf({ ownRows, ownColumns }: SubgroupTile, line: (r: number, c: number) => string): string {
  return lines(ownRows / SIDE, (r) => lines(ownColumns / SIDE, (c) => line(r, c)));
}

function multiply(
  tile: SubgroupTile,
  a: Factor,
  b: Factor,
  aLine: number,
  bLine: number,
  aAt: string,
  bAt: string,
): string {
  const matrix = (which: 'left' | 'right', { along }: Factor, line: number, own: string, i: number) => {
    const name = which === 'left' ? 'a' : 'b';
    const unit = (tile.memory ?? 'vec4') === 'vec4' ? 4 : 1;
    // Row-major is along k for A and along the columns for B.
    const major = (along === 'k') === (which === 'left') ? 'row_major' : 'col_major';
    return (at: string, n: number) => {
      const side = `${own} + ${n * SIDE}u`;
      const place = along === 'k' ? `(${side}) * ${line}u + ${i}u` : `${i * line}u + ${side}`;
      return `    let ${name}_${i}_${n} = subgroupMatrixLoad<subgroup_matrix_${which}<f16, ${SIDE}, ${SIDE}>, ${major}>(${tile.memory === 'view' ? `${name}_elements` : `&${name}_cells`}, ${unit === 1 ? `${at}${place}` : `(${at}${place}) / ${unit}u`}, ${line / unit}u);`;
    };
  };
  return range(tile.depth / SIDE)
    .map((step) => {
      const i = step * SIDE;
      const left = matrix('left', a, aLine, 'own_row', i);
      const right = matrix('right', b, bLine, 'own_column', i);
      return `${lines(tile.ownRows / SIDE, (r) => left(aAt, r))}
${lines(tile.ownColumns / SIDE, (c) => right(bAt, c))}
${sumsOf(tile, (r, c) => `    sum_${r}_${c} = subgroupMatrixMultiplyAccumulate(a_${i}_${r}, b_${i}_${c}, sum_${r}_${c});`)}`;
    })
    .join('\n');
}

/** One matrix of each subgroup at a time. */
function storeAll({ storeQuad }: Gemm, tile: SubgroupTile): string {
  const quads = (SIDE * SIDE) / 4 / SUBGROUP;
  return `  let own_sums = subgroup * ${SIDE * SIDE}u;
  let quad_row = (lane % ${SUBGROUP}u) / 4u;
  let quad_column = 4u * (lane % 4u);
${sumsOf(
  tile,
  (r, c) => `  subgroupMatrixStore<row_major>(&sums, own_sums, sum_${r}_${c}, ${SIDE}u);
  workgroupBarrier();
${lines(quads, (j) => {
  const row = `quad_row + ${(j * SUBGROUP) / 4}u`;
  const at = `own_sums + (${row}) * ${SIDE}u + quad_column`;
  const value = `vec4f(sums[${at}], sums[${at} + 1u], sums[${at} + 2u], sums[${at} + 3u])`;
  return storeQuad(
    `first_a + own_row + ${r * SIDE}u + ${row}`,
    `first_b + own_column + ${c * SIDE}u + quad_column`,
    value,
  );
})}
  workgroupBarrier();`,
)}`;
}
