/** What a kernel of this backend is: a contract, and the MSL function that carries out each of its variants. */

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

/** What the device offers beyond the least that the kernels ask for (SIMD groups of 32 threads). */
export interface MslFeatures {
  /** Whether it multiplies 8 x 8 matrices per SIMD group: GPU family Apple7 and later. */
  readonly simdgroupMatrix: boolean;
}

/** The variant of a kernel that is asked for. */
export interface Variant {
  /** By binding name; undefined where an optional binding is left out. */
  readonly dtypes: Readonly<Record<string, DType | undefined>>;
  readonly constants: KernelConstants;
  /** What `specialize` answered; `''` without it. */
  readonly specialization: string;
  readonly features: MslFeatures;
}

/** A function constant of the source: `constant TYPE name [[function_constant(index)]]`. */
export interface FunctionConstant {
  readonly index: number;
  readonly type: 'bool' | 'uint' | 'int' | 'float';
  readonly value: number | boolean;
}

/**
 * One variant as MSL. Buffers stand at the index of their binding in the contract, also where an optional
 * one before them is left out; the parameter struct is a `constant Params &` at the index after the last
 * binding, laid out as `ParamStruct` packs it, and is missing where the contract has no parameters. Every
 * bound offset is a multiple of `BINDING_ALIGNMENT` bytes.
 *
 * Variants that differ in `entry` or `constants` only share their source: compile a text once.
 */
export interface MslShader {
  /** The whole text. It is compiled with fast math off: NaN, infinities and -0 have to survive. */
  readonly source: string;
  /** Name of the kernel function. */
  readonly entry: string;
  readonly constants?: readonly FunctionConstant[];
  /** Threads of a threadgroup: along x where it is one number. A multiple of 32 in total. */
  readonly threads: number | Grid;
  /**
   * Grid points that one threadgroup covers: along x, y and z, or of the flattened grid where it is one
   * number; see {@link threadgroupCounts}. The function leaves out what lies beyond the grid.
   */
  readonly tile: number | Grid;
}

/** Offsets of bindings are multiples of this, so that a buffer can be read as vectors of four. */
export const BINDING_ALIGNMENT = 16;

/** A dispatch as `specialize` sees it. */
export interface SpecializeCall<S extends ParamSpec = ParamSpec> {
  readonly constants: KernelConstants;
  readonly params: ParamValues<S>;
  readonly grid: Grid;
}

export interface MslKernel<S extends ParamSpec = ParamSpec> {
  readonly contract: KernelContract<S>;
  /**
   * Why a variant whose dtypes the contract allows makes no sense, or undefined where it does. `prepare`
   * refuses it with `KERNEL_UNSUPPORTED`.
   */
  refuse?(variant: Variant): string | undefined;
  /** Which of several implementations fits the dispatch. */
  specialize?(call: SpecializeCall<S>): string;
  shader(variant: Variant): MslShader;
}

/** Joins a contract and its shaders. */
export function mslKernel<S extends ParamSpec>(
  contract: KernelContract<S>,
  body: Omit<MslKernel<S>, 'contract'>,
): MslKernel<S> {
  return { contract, ...body };
}

/** The dtype of a binding that every dispatch has. */
export function dtypeOf({ dtypes }: Variant, name: string): DType {
  const dtype = dtypes[name];
  if (dtype === undefined) throw new WickError('INVALID_ARGUMENT', `binding "${name}" is missing`);
  return dtype;
}

/** A constant that is one of some words. */
export function choice<T extends string>(
  { constants }: Pick<Variant, 'constants'>,
  name: string,
  words: readonly T[],
): T {
  const word = words.find((candidate) => candidate === constants[name]);
  if (word === undefined) {
    throw new WickError('INVALID_ARGUMENT', `constant "${name}" cannot be ${constants[name]}`);
  }
  return word;
}

/** A constant that is true or false. */
export function flag({ constants }: Pick<Variant, 'constants'>, name: string): boolean {
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

/** Threadgroups along x, y and z that cover the grid of a dispatch. */
export function threadgroupCounts([x, y, z]: Grid, tile: number | Grid): Grid {
  if (typeof tile === 'number') return [Math.ceil((x * y * z) / tile), 1, 1];
  return [Math.ceil(x / tile[0]), Math.ceil(y / tile[1]), Math.ceil(z / tile[2])];
}
