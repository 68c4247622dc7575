/**
 * The product in registers: every invocation sums a block of outputs, and tiles of both factors go through
 * workgroup memory. What the next tile needs is loaded while the last is multiplied.
 */

import type { Shader } from '../../kernel.js';
import { type Factor, type Gemm, lines, range, share } from './gemm.js';

/** Outputs of a workgroup and of an invocation, and how much of k it holds at a time. */
export interface RegisterTile {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** 1 or a multiple of four, as own columns are. */
  readonly ownRows: number;
  readonly ownColumns: number;
}

const COMPONENTS = 'xyzw';

/** Quads from one line of a tile to the next: one more than there are spreads lines over the banks. */
function lineOf({ along }: Factor, side: number, depth: number): number {
  return along === 'k' ? depth / 4 + 1 : side / 4;
}

export function registerGemm(gemm: Gemm, tile: RegisterTile): Shader {
  const { rows, columns, depth, ownRows, ownColumns } = tile;
  const { a, b } = gemm;
  const across = columns / ownColumns;
  const down = rows / ownRows;
  const workgroup = across * down;
  const aShare = share('a', a, rows, depth, workgroup, 4);
  const bShare = share('b', b, columns, depth, workgroup, 4);
  const aLine = lineOf(a, rows, depth);
  const bLine = lineOf(b, columns, depth);
  const cells = ({ along }: Factor, side: number, line: number) => (along === 'k' ? side : depth) * line;
  const load = (name: string, { load: from }: Factor, count: number) =>
    lines(
      count,
      (j) => `    ${name}_${j} = ${from(`first_${name} + ${name}_side_${j}`, `k + ${name}_i_${j}`)};`,
    );
  const cell = (name: string, { along }: Factor, line: number, j: number) =>
    along === 'k'
      ? `${name}_cells[${name}_side_${j} * ${line}u + ${name}_i_${j} / 4u]`
      : `${name}_cells[${name}_i_${j} * ${line}u + ${name}_side_${j} / 4u]`;
  const put = (name: string, factor: Factor, line: number, count: number) =>
    lines(count, (j) => `    ${cell(name, factor, line, j)} = ${name}_${j};`);
  const declare = (name: string, count: number) => lines(count, (j) => `  var ${name}_${j} = vec4f();`);
  return {
    workgroup,
    tile: [columns, rows, 1],
    grid: [gemm.columns, gemm.rows, gemm.batch],
    vectors: gemm.vectors,
    declarations: `${gemm.declarations}
var<workgroup> a_cells: array<vec4f, ${cells(a, rows, aLine)}>;
var<workgroup> b_cells: array<vec4f, ${cells(b, columns, bLine)}>;`,
    main: `  let first_a = tile.y * ${rows}u;
  let first_b = tile.x * ${columns}u;
${aShare.places}
${bShare.places}
  let b_side = first_b + b_side_0;
${gemm.prelude}
  let own_y = lane / ${across}u;
  let own_x = lane % ${across}u;
${declare('a', aShare.count)}
${declare('b', bShare.count)}
${lines(ownRows, (r) => lines(ownColumns / 4, (c) => `  var sum_${r}_${c} = vec4f();`))}
  {
    let k = 0u;
${load('a', a, aShare.count)}
${load('b', b, bShare.count)}
  }
  for (var begin = 0u; begin < ${gemm.depth}; begin += ${depth}u) {
${put('a', a, aLine, aShare.count)}
${put('b', b, bLine, bShare.count)}
    workgroupBarrier();
    let k = begin + ${depth}u;
    if (k < ${gemm.depth}) {
${load('a', a, aShare.count)}
${load('b', b, bShare.count)}
    }
    for (var q = 0u; q < ${depth / 4}u; q++) {
${multiply(tile, a, b, aLine, bLine)}
    }
    workgroupBarrier();
  }
${storeAll(gemm, tile)}`,
  };
}

/** Own rows are `own_y`, `own_y` + DOWN, ...; where A lies along rows, quads of neighbours instead. */
function multiply(tile: RegisterTile, a: Factor, b: Factor, aLine: number, bLine: number): string {
  const { rows, columns, ownRows, ownColumns } = tile;
  const down = rows / ownRows;
  const across = columns / ownColumns;
  const parts: string[] = [];
  // value(r, step): the element of A of own row r at step of the quad
  let value: (r: number, step: number) => string;
  if (a.along === 'k') {
    parts.push(
      lines(ownRows, (r) => `      let left_${r} = a_cells[(own_y + ${r * down}u) * ${aLine}u + q];`),
    );
    value = (r, step) => `left_${r}.${COMPONENTS[step]}`;
  } else if (ownRows === 1) {
    parts.push(
      lines(
        4,
        (step) =>
          `      let left_${step} = a_cells[(4u * q + ${step}u) * ${aLine}u + own_y / 4u][own_y % 4u];`,
      ),
    );
    value = (_, step) => `left_${step}`;
  } else {
    parts.push(
      lines(4, (step) =>
        lines(
          ownRows / 4,
          (r) =>
            `      let left_${step}_${r} = a_cells[(4u * q + ${step}u) * ${aLine}u + own_y + ${r * down}u];`,
        ),
      ),
    );
    value = (r, step) => `left_${step}_${r >> 2}.${COMPONENTS[r & 3]}`;
  }
  if (b.along === 'side') {
    for (const step of range(4)) {
      parts.push(
        lines(
          ownColumns / 4,
          (c) =>
            `      let right_${step}_${c} = b_cells[(4u * q + ${step}u) * ${bLine}u + own_x + ${c * across}u];`,
        ),
        lines(ownRows, (r) =>
          lines(ownColumns / 4, (c) => `      sum_${r}_${c} += ${value(r, step)} * right_${step}_${c};`),
        ),
      );
    }
  } else {
    for (const c of range(ownColumns)) {
      parts.push(`      let right_${c} = b_cells[(own_x + ${c * across}u) * ${bLine}u + q];`);
      const at = (r: number) => `sum_${r}_${c >> 2}.${COMPONENTS[c & 3]}`;
      for (const step of range(4)) {
        parts.push(
          lines(ownRows, (r) => `      ${at(r)} += ${value(r, step)} * right_${c}.${COMPONENTS[step]};`),
        );
      }
    }
  }
  return parts.join('\n');
}

function storeAll({ a, b, store, storeQuad }: Gemm, tile: RegisterTile): string {
  const { rows, columns, ownRows, ownColumns } = tile;
  const down = rows / ownRows;
  const across = columns / ownColumns;
  const row = (r: number) =>
    a.along === 'k' || ownRows === 1
      ? `first_a + own_y + ${r * down}u`
      : `first_a + 4u * (own_y + ${(r >> 2) * down}u) + ${r & 3}u`;
  return lines(ownRows, (r) =>
    b.along === 'side'
      ? lines(ownColumns / 4, (c) =>
          storeQuad(row(r), `first_b + 4u * (own_x + ${c * across}u)`, `sum_${r}_${c}`),
        )
      : lines(ownColumns, (c) =>
          store(row(r), `first_b + own_x + ${c * across}u`, `sum_${r}_${c >> 2}.${COMPONENTS[c & 3]}`),
        ),
  );
}
