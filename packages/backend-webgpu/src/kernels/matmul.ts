/**
 * The matrix product. Tiles of 64 x 64 outputs, sixteen to an invocation, go through workgroup memory 16
 * columns of A at a time; a product with few rows is a matrix-vector product and is bound by reading B.
 */

import { kernels } from '@wick/core';
import { fixedParam, flag, type Shader, type Variant, wgslKernel } from '../kernel.js';
import { lane } from '../wgsl/params.js';
import { workgroupReduction } from '../wgsl/workgroup.js';

/** Outputs of a workgroup along both sides, and how much of k it holds at a time. */
const TILE = 64;
const DEPTH = 16;
/** Outputs of an invocation along both sides. */
const OWN = 4;
const WORKGROUP = (TILE / OWN) ** 2;
/** Products of at most this many rows are matrix-vector products. */
const FEW_ROWS = 4;

/** Where a batch begins in A (x) and B (y), as WGSL. */
const BATCH_OFFSETS = (() => {
  const lines: string[] = [];
  for (let axis = 3; axis >= 0; axis--) {
    const strides = `vec2u(${lane('aBatchStrides', axis, 4)}, ${lane('bBatchStrides', axis, 4)})`;
    const length = lane('batchShape', axis, 4);
    lines.push(`  offsets += (rest % ${length}) * ${strides};`, `  rest /= ${length};`);
  }
  return `fn batch_offsets(batch: u32) -> vec2u {
  var rest = batch;
  var offsets = vec2u();
${lines.join('\n')}
  return offsets;
}`;
})();

/** Index of A at (row, i) and of B at (i, column) inside a batch. */
function indices(variant: Variant): { readonly a: string; readonly b: string } {
  return {
    a: flag(variant, 'transposeA') ? 'i * params.m + row' : 'row * params.k + i',
    b: flag(variant, 'transposeB') ? 'column * params.k + i' : 'i * params.n + column',
  };
}

const biasOf = ({ dtypes }: Variant) => (dtypes.bias === undefined ? '' : ' + bias_at(column)');

export const matmul = wgslKernel(kernels.matmul, {
  specialize({ constants, params }) {
    const rows = fixedParam(params.m);
    if (rows === undefined || rows > FEW_ROWS) return 'tiled';
    return flag({ constants }, 'transposeB') ? 'rows of b' : 'columns of b';
  },
  shader(variant) {
    if (variant.specialization === 'rows of b') return dotProducts(variant);
    if (variant.specialization === 'columns of b') return columnSums(variant);
    return tiled(variant);
  },
});

function tiled(variant: Variant): Shader {
  const { a, b } = indices(variant);
  // Neighbouring invocations read neighbouring memory: along k where a matrix is stored that way.
  const load = (alongK: boolean) =>
    alongK
      ? `let depth = e % ${DEPTH}u; let side = e / ${DEPTH}u;`
      : `let depth = e / ${TILE}u; let side = e % ${TILE}u;`;
  const cells = TILE * DEPTH;
  return {
    workgroup: WORKGROUP,
    tile: [TILE, TILE, 1],
    grid: ['params.n', 'params.m', 'params.batch'],
    declarations: `${BATCH_OFFSETS}
var<workgroup> a_cells: array<f32, ${cells}>;
var<workgroup> b_cells: array<f32, ${cells}>;
fn a_quad(at: u32) -> vec4f { return vec4f(a_cells[at], a_cells[at + 1u], a_cells[at + 2u], a_cells[at + 3u]); }
fn b_quad(at: u32) -> vec4f { return vec4f(b_cells[at], b_cells[at + 1u], b_cells[at + 2u], b_cells[at + 3u]); }
fn a_value(at: u32, row: u32, i: u32) -> f32 {
  if (row >= params.m || i >= params.k) { return 0.0; }
  return a_at(at + ${a});
}
fn b_value(at: u32, i: u32, column: u32) -> f32 {
  if (column >= params.n || i >= params.k) { return 0.0; }
  return b_at(at + ${b});
}`,
    main: `  let at = batch_offsets(tile.z);
  let first_row = tile.y * ${TILE}u;
  let first_column = tile.x * ${TILE}u;
  let own_row = lane / ${TILE / OWN}u;
  let own_column = lane % ${TILE / OWN}u;
  var sums = array<vec4f, ${OWN}>();
  for (var k = 0u; k < params.k; k += ${DEPTH}u) {
    for (var e = lane; e < ${cells}u; e += ${WORKGROUP}u) {
      ${load(!flag(variant, 'transposeA'))}
      a_cells[depth * ${TILE}u + side] = a_value(at.x, first_row + side, k + depth);
    }
    for (var e = lane; e < ${cells}u; e += ${WORKGROUP}u) {
      ${load(flag(variant, 'transposeB'))}
      b_cells[depth * ${TILE}u + side] = b_value(at.y, k + depth, first_column + side);
    }
    workgroupBarrier();
    for (var depth = 0u; depth < ${DEPTH}u; depth++) {
      let a = a_quad(depth * ${TILE}u + own_row * ${OWN}u);
      let b = b_quad(depth * ${TILE}u + own_column * ${OWN}u);
      sums[0] += a.x * b;
      sums[1] += a.y * b;
      sums[2] += a.z * b;
      sums[3] += a.w * b;
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < ${OWN}u; r++) {
    let row = first_row + own_row * ${OWN}u + r;
    if (row >= params.m) { continue; }
    for (var c = 0u; c < ${OWN}u; c++) {
      let column = first_column + own_column * ${OWN}u + c;
      if (column >= params.n) { continue; }
      put_out((tile.z * params.m + row) * params.n + column, sums[r][c]${biasOf(variant)});
    }
  }`,
  };
}

/** A workgroup for each output: both factors lie along k. */
function dotProducts(variant: Variant): Shader {
  const width = 64;
  const { a, b } = indices(variant);
  return {
    workgroup: width,
    tile: [1, 1, 1],
    grid: ['params.n', 'params.m', 'params.batch'],
    declarations: `${BATCH_OFFSETS}
${workgroupReduction('added', 'f32', width, (x, y) => `${x} + ${y}`)}`,
    main: `  let at = batch_offsets(tile.z);
  let row = tile.y;
  let column = tile.x;
  var own = 0.0;
  for (var i = lane; i < params.k; i += ${width}u) { own += a_at(at.x + ${a}) * b_at(at.y + ${b}); }
  let sum = added(own, lane);
  if (lane == 0u) { put_out((tile.z * params.m + row) * params.n + column, sum${biasOf(variant)}); }`,
  };
}

/** A workgroup for 32 columns: eight parts of k side by side, each reading 32 neighbours of B. */
function columnSums(variant: Variant): Shader {
  const columns = 32;
  const parts = 8;
  const { a, b } = indices(variant);
  return {
    workgroup: columns * parts,
    tile: [columns, 1, 1],
    grid: ['params.n', 'params.m', 'params.batch'],
    declarations: `${BATCH_OFFSETS}
var<workgroup> cells: array<f32, ${columns * parts}>;`,
    main: `  let at = batch_offsets(tile.z);
  let row = tile.y;
  let column = tile.x * ${columns}u + lane % ${columns}u;
  var own = 0.0;
  if (column < params.n) {
    for (var i = lane / ${columns}u; i < params.k; i += ${parts}u) { own += a_at(at.x + ${a}) * b_at(at.y + ${b}); }
  }
  cells[lane] = own;
  workgroupBarrier();
  if (lane < ${columns}u && column < params.n) {
    var sum = 0.0;
    for (var part = 0u; part < ${parts}u; part++) { sum += cells[part * ${columns}u + lane]; }
    put_out((tile.z * params.m + row) * params.n + column, sum${biasOf(variant)});
  }`,
  };
}
