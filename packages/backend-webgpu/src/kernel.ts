/** What a kernel of this backend is: a contract, and the shader source of each of its variants. */

import {
  type DType,
  type KernelConstants,
  type KernelContract,
  type ParamSpec,
  type ParamValues,
  ReplayParam,
  WickError,
} from '@wick/core';

/** Three counts along x, y and z. */
export type Grid = readonly [x: number, y: number, z: number];

/**
 * Grid points that one workgroup covers: along x, y and z, or of the flattened grid, x running fastest,
 * where it is one number.
 */
export type Tile = number | Grid;

/** What the device offers beyond the least that WebGPU promises. */
export interface ShaderFeatures {
  readonly float16: boolean;
  /** Sizes of subgroups; undefined where there are none, or not in the language of this implementation. */
  readonly subgroups: { readonly min: number; readonly max: number } | undefined;
  readonly workgroupBytes: number;
  /** Whether subgroups of 32 multiply matrices of 16 x 16 x 16, float16 into float32. */
  readonly subgroupMatrices: boolean;
}

/** The variant of a kernel that is asked for. */
export interface Variant {
  /** By binding name; undefined where an optional binding is left out. */
  readonly dtypes: Readonly<Record<string, DType | undefined>>;
  readonly constants: KernelConstants;
  /** What `specialize` answered; `''` without it. */
  readonly specialization: string;
  readonly features: ShaderFeatures;
}

/**
 * The source of one variant. Around it stand declarations that are generated: for a binding NAME its
 * accessors (see wgsl/bindings.ts), `params`, and the library functions that are called by name.
 */
export interface Shader {
  /** Invocations of a workgroup along x; one dimension is enough everywhere. */
  readonly workgroup: number;
  readonly tile: Tile;
  /**
   * The grid in WGSL, where `tile` has three numbers: what `main` finds in `tile` is computed from it.
   */
  readonly grid?: readonly [x: string, y: string, z: string];
  /** Bindings that are declared as vectors of four; see `NAME_four` and `put_NAME_four`. */
  readonly vectors?: readonly string[];
  /** Bindings of float16 that are only read, eight elements at a time; see `NAME_eight`. */
  readonly octets?: readonly string[];
  /**
   * Bindings whose bytes, where they are bytes, are written one by one: several invocations may then write
   * bytes of one word.
   */
  readonly scattered?: readonly string[];
  /**
   * Extensions of the language that it enables; float16 bindings enable `f16` of themselves. With
   * `subgroups` `main` finds `subgroup`, the number of its subgroup, `subgroup_lane` and `subgroup_size`.
   */
  readonly extensions?: readonly ('f16' | 'subgroups' | 'chromium_experimental_subgroup_matrix')[];
  /** Functions, constants and workgroup memory. */
  readonly declarations?: string;
  /**
   * The body of the entry point. It finds `lane` (number of the invocation in its workgroup), `block` (number
   * of the workgroup) and, where `tile` has three numbers, `tile` (its place among the tiles); it has to
   * leave out what lies beyond the grid.
   */
  readonly main: string;
}

/** A dispatch as `specialize` sees it. */
export interface SpecializeCall<S extends ParamSpec = ParamSpec> {
  readonly constants: KernelConstants;
  readonly params: ParamValues<S>;
  readonly grid: Grid;
}

export interface WgslKernel<S extends ParamSpec = ParamSpec> {
  readonly contract: KernelContract<S>;
  /**
   * Why a variant whose dtypes the contract allows makes no sense, or undefined where it does. `prepare`
   * refuses it with `KERNEL_UNSUPPORTED`.
   */
  refuse?(variant: Variant): string | undefined;
  /** Which of several implementations fits the dispatch. */
  specialize?(call: SpecializeCall<S>): string;
  shader(variant: Variant): Shader;
}

/** Joins a contract and its shaders. */
export function wgslKernel<S extends ParamSpec>(
  contract: KernelContract<S>,
  body: Omit<WgslKernel<S>, 'contract'>,
): WgslKernel<S> {
  return { contract, ...body };
}

/** The dtype of a binding that every dispatch has. */
export function dtypeOf({ dtypes }: Variant, name: string): DType {
  const dtype = dtypes[name];
  if (dtype === undefined) throw new WickError('INVALID_ARGUMENT', `binding "${name}" is missing`);
  return dtype;
}

/** A constant that is one of some words. */
export function choice<T extends string>({ constants }: Variant, name: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === constants[name]);
  if (word === undefined) {
    throw new WickError('INVALID_ARGUMENT', `constant "${name}" cannot be ${constants[name]}`);
  }
  return word;
}

/** A constant that is true or false. */
export function flag({ constants }: { readonly constants: KernelConstants }, name: string): boolean {
  return constants[name] === true;
}

/** A `refuse` for kernels whose named bindings must share one dtype. */
export function sameDtype(
  ...names: readonly [string, ...string[]]
): (variant: Variant) => string | undefined {
  return ({ dtypes }) => {
    const [first] = names;
    const other = names.find((name) => dtypes[name] !== undefined && dtypes[name] !== dtypes[first]);
    return other === undefined
      ? undefined
      : `"${first}" is ${dtypes[first]} but "${other}" is ${dtypes[other]}`;
  };
}

/** A scalar parameter while recording; undefined where replays supply it, so that no choice may depend on it. */
export function fixedParam(value: number | ReplayParam): number | undefined {
  return value instanceof ReplayParam ? undefined : value;
}

/** Tiles along x, y and z. */
export function tileCounts([x, y, z]: Grid, tile: Tile): Grid {
  if (typeof tile === 'number') return [Math.ceil((x * y * z) / tile), 1, 1];
  return [Math.ceil(x / tile[0]), Math.ceil(y / tile[1]), Math.ceil(z / tile[2])];
}
