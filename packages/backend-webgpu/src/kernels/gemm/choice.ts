/** Which form of the product, with tiles of which size. */

import type { Shader, ShaderFeatures, Variant } from '../../kernel.js';
import type { Gemm } from './gemm.js';
import { type RegisterTile, registerGemm } from './registers.js';
import { type SubgroupTile, subgroupGemm } from './subgroups.js';

/** `large` tiles reuse most; `small` ones leave no part of a GPU idle; `tiny` ones compile fast. */
export type GemmSize = 'large' | 'small' | 'tiny';

const REGISTERS: Readonly<Record<GemmSize, RegisterTile>> = {
  large: { rows: 128, columns: 128, depth: 32, ownRows: 8, ownColumns: 8 },
  small: { rows: 64, columns: 64, depth: 16, ownRows: 4, ownColumns: 4 },
  tiny: { rows: 16, columns: 16, depth: 16, ownRows: 1, ownColumns: 4 },
};

/** Bytes of workgroup memory that a large tile takes; devices with less of it hold a quarter of its depth. */
const LARGE_BYTES = 40960;
const LEAN: RegisterTile = { ...REGISTERS.large, depth: 8 };

const MATRICES: Readonly<Record<Exclude<GemmSize, 'tiny'>, SubgroupTile>> = {
  large: { rows: 128, columns: 128, depth: 32, ownRows: 64, ownColumns: 64, stages: 1 },
  small: { rows: 64, columns: 64, depth: 32, ownRows: 32, ownColumns: 32, stages: 1 },
};

/** For factors that are gathered, which takes more invocations than multiplying. */
const GATHERED: SubgroupTile = { rows: 128, columns: 128, depth: 32, ownRows: 32, ownColumns: 32, stages: 1 };

/** The most that a tile holds along k, and a multiple of what any other holds. */
export const DEEPEST = 64;
/** Outputs that are not worth a larger shader. */
const FEW_OUTPUTS = 16384;
/** Large tiles that keep a big GPU busy. */
const ENOUGH_TILES = 128;

/** The tiles for a grid; sizes that replays supply are undefined. */
export function sizeOf(
  rows: number | undefined,
  columns: number | undefined,
  batch: number | undefined,
): GemmSize {
  if (rows === undefined || columns === undefined || batch === undefined) return 'small';
  if (rows * columns * batch <= FEW_OUTPUTS) return 'tiny';
  const { large } = REGISTERS;
  const tiles = Math.ceil(rows / large.rows) * Math.ceil(columns / large.columns) * batch;
  return tiles >= ENOUGH_TILES ? 'large' : 'small';
}

/** Whether the product of these bindings uses subgroup matrices. */
export function usesMatrices({ dtypes, features }: Variant, size: GemmSize, a: string, b: string): boolean {
  return size !== 'tiny' && features.subgroupMatrices && dtypes[a] === 'float16' && dtypes[b] === 'float16';
}

export function gemmShader(
  gemm: Gemm,
  size: GemmSize,
  matrices: boolean,
  { workgroupBytes }: ShaderFeatures,
): Shader {
  const gathered = gemm.gathered === true;
  if (matrices && size !== 'tiny') {
    return subgroupGemm(gemm, gathered && size === 'large' ? GATHERED : MATRICES[size]);
  }
  if (size !== 'large') return registerGemm(gemm, REGISTERS[size]);
  if (gathered) return registerGemm(gemm, REGISTERS.small);
  return registerGemm(gemm, workgroupBytes < LARGE_BYTES ? LEAN : REGISTERS.large);
}
