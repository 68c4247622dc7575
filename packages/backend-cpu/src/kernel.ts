/** What a kernel of this backend is: a plain loop over independent pieces of output. */

import {
  type BindingArray,
  type DType,
  type KernelConstants,
  type KernelContract,
  type ParamSpec,
  type ParamView,
  WickError,
} from '@wick/core';

/**
 * One dispatch as a CPU kernel sees it. Float16 memory arrives decoded to Float32Array and is encoded
 * once (round to nearest even) when the dispatch ends; `bool` and `uint8` are both Uint8Array.
 */
export interface KernelCall<S extends ParamSpec = ParamSpec> {
  /** By binding name; an optional binding that was left out is missing. */
  readonly bindings: Readonly<Record<string, BindingArray>>;
  /** By binding name; undefined where an optional binding was left out. */
  readonly dtypes: Readonly<Record<string, DType | undefined>>;
  readonly params: ParamView<S>;
  readonly constants: KernelConstants;
  readonly grid: readonly [number, number, number];
}

/** The variant of a kernel that is asked for, before there is a dispatch of it. */
export type KernelVariant = Pick<KernelCall, 'dtypes' | 'constants'>;

/**
 * A kernel as a plain loop over `units`: independent pieces of output that may run in any order and be
 * interleaved with other dispatches.
 */
export interface CpuKernel<S extends ParamSpec = ParamSpec> {
  readonly contract: KernelContract<S>;
  /**
   * Why a variant whose dtypes the contract allows makes no sense (`sin` of `bool`, an output of another
   * dtype than its input), or undefined where it does. `prepare` refuses it with `KERNEL_UNSUPPORTED`.
   */
  refuse?(variant: KernelVariant): string | undefined;
  units(call: KernelCall<S>): number;
  /** Computes units begin..end-1; writes nothing else. */
  run(call: KernelCall<S>, begin: number, end: number): void;
}

/** Joins a contract and the loop that implements it. */
export function cpuKernel<S extends ParamSpec>(
  contract: KernelContract<S>,
  body: Omit<CpuKernel<S>, 'contract'>,
): CpuKernel<S> {
  return { contract, ...body };
}

type Bound = Pick<KernelCall, 'bindings'>;

/** The memory of a binding, whatever its dtype. */
export function numbers(call: Bound, name: string): BindingArray {
  const memory = call.bindings[name];
  if (memory === undefined) throw new WickError('INVALID_ARGUMENT', `binding "${name}" is missing`);
  return memory;
}

/** The memory of a binding whose dtype is float32 or float16. */
export function floats(call: Bound, name: string): Float32Array {
  const memory = numbers(call, name);
  if (memory instanceof Float32Array) return memory;
  throw new WickError('INVALID_ARGUMENT', `binding "${name}" holds no floats`);
}

/** The same for a binding that may be left out. */
export function optionalFloats(call: Bound, name: string): Float32Array | undefined {
  return call.bindings[name] === undefined ? undefined : floats(call, name);
}

/** The memory of a binding whose dtype is int32. */
export function ints(call: Bound, name: string): Int32Array {
  const memory = numbers(call, name);
  if (memory instanceof Int32Array) return memory;
  throw new WickError('INVALID_ARGUMENT', `binding "${name}" holds no int32`);
}

/** The memory of a binding whose dtype is uint8 or bool. */
export function bytes(call: Bound, name: string): Uint8Array {
  const memory = numbers(call, name);
  if (memory instanceof Uint8Array) return memory;
  throw new WickError('INVALID_ARGUMENT', `binding "${name}" holds no bytes`);
}

/** A constant that is one of some words. */
export function choice<T extends string>(
  call: Pick<KernelCall, 'constants'>,
  name: string,
  words: readonly T[],
): T {
  const given = call.constants[name];
  const word = words.find((candidate) => candidate === given);
  if (word === undefined) throw new WickError('INVALID_ARGUMENT', `constant "${name}" cannot be ${given}`);
  return word;
}

/** A constant that is true or false. */
export function flag(call: Pick<KernelCall, 'constants'>, name: string): boolean {
  return call.constants[name] === true;
}

/** A `refuse` for kernels whose named bindings must share one dtype. */
export function sameDtype(...names: readonly string[]): (variant: KernelVariant) => string | undefined {
  return ({ dtypes }) => {
    const first = dtypes[names[0] ?? ''];
    const other = names.find((name) => dtypes[name] !== undefined && dtypes[name] !== first);
    return other === undefined ? undefined : `"${names[0]}" is ${first} but "${other}" is ${dtypes[other]}`;
  };
}
