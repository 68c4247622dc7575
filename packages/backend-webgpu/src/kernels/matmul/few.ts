/** Products with few rows, which are bound by reading B. */

import type { Shader, Variant } from '../../kernel.js';
import { workgroupReduction } from '../../wgsl/workgroup.js';
import { BATCH_OFFSETS, biasOf, indices } from './parts.js';

/** A workgroup for each output: both factors lie along k. */
export function dotProducts(variant: Variant): Shader {
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
export function columnSums(variant: Variant): Shader {
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
