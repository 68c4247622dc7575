/** Which form of the product, with tiles of which size. */

import type { Shader, ShaderFeatures, Variant } from '../../kernel.js';
import type { Gemm } from './gemm.js';
import { type RegisterTile, registerGemm } from './registers.js';
import { type SubgroupTile, subgroupGemm } from './subgroups.js';

/**
 * `wide` and `large` tiles reuse most; `small` ones leave no part of a GPU idle; `tiny` ones compile fast. Only
 * subgroup matrices tell `wide` from `large`.
 */
export type GemmSize = 'wide' | 'large' | 'small' | 'tiny';

const REGISTERS: Readonly<Record<Exclude<GemmSize, 'wide'>, RegisterTile>> = {
  large: { rows: 128, columns: 128, depth: 32, ownRows: 8, ownColumns: 8 },
  small: { rows: 64, columns: 64, depth: 16, ownRows: 4, ownColumns: 4 },
  tiny: { rows: 16, columns: 16, depth: 16, ownRows: 1, ownColumns: 4 },
};

/** Bytes of workgroup memory for any tile; devices with less take a quarter of a large one's depth, or no wide one. */
const LARGE_BYTES = 40960;
const LEAN: RegisterTile = { ...REGISTERS.large, depth: 8 };

const MATRICES: Readonly<Record<Exclude<GemmSize, 'tiny'>, SubgroupTile>> = {
  wide: { rows: 128, columns: 256, depth: 32, ownRows: 64, ownColumns: 64 },
  large: { rows: 128, columns: 128, depth: 32, ownRows: 64, ownColumns: 64 },
  small: { rows: 64, columns: 64, depth: 32, ownRows: 32, ownColumns: 32 },
};

/** For factors that are gathered, which takes more invocations than multiplying. */
const GATHERED: SubgroupTile = { rows: 128, columns: 128, depth: 32, ownRows: 32, ownColumns: 32 };

/** The most that a tile holds along k, and a multiple of what any other holds. */
export const DEEPEST = 64;
/** Outputs that are not worth a larger shader. */
const FEW_OUTPUTS = 16384;
/** Large tiles that keep a big GPU busy. */
const ENOUGH_TILES = 128;
/** Wide tiles that do, though a core holds one at a time. Columns that would leave some half empty take `large`. */
const ENOUGH_WIDE = 384;

/** The tiles for a grid; sizes that replays supply are undefined. */
export function sizeOf(
  rows: number | undefined,
  columns: number | undefined,
  batch: number | undefined,
): GemmSize {
  if (rows === undefined || columns === undefined || batch === undefined) return 'small';
  if (rows * columns * batch <= FEW_OUTPUTS) return 'tiny';
  const { wide, large } = MATRICES;
  const tiles = (tile: SubgroupTile) =>
    Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * batch;
  if (columns % wide.columns === 0 && tiles(wide) >= ENOUGH_WIDE) return 'wide';
  return tiles(large) >= ENOUGH_TILES ? 'large' : 'small';
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
  const lean = workgroupBytes < LARGE_BYTES;
  const big = size === 'wide' || size === 'large';
  if (matrices && size !== 'tiny') {
    if (gemm.gathered && big) return subgroupGemm(gemm, GATHERED);
    return subgroupGemm(gemm, MATRICES[lean && big ? 'large' : size]);
  }
  if (!big) return registerGemm(gemm, REGISTERS[size]);
  if (gemm.gathered) return registerGemm(gemm, REGISTERS.small);
  return registerGemm(gemm, lean ? LEAN : REGISTERS.large);
}
