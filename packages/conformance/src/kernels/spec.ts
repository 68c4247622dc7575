/** One dispatch of a kernel of the catalogue as plain data: what goes in, and how long what comes out is. */

import type { DType, KernelConstants, KernelContract, ParamSpec, ParamValues } from '@wick/core';

/** The memory of one binding. A binding that is only written gives zeros that say how long it is. */
export interface Operand {
  readonly dtype: DType;
  /** Elements; float16 and float32 are rounded where they are stored. */
  readonly values: ArrayLike<number>;
}

export interface KernelSpec {
  readonly kernel: KernelContract;
  /** What is special about it; with kernel and dtype it makes the case's name. */
  readonly title: string;
  /** The dtype that reports file it under. */
  readonly dtype: DType;
  readonly operands: Readonly<Record<string, Operand>>;
  readonly params: ParamValues<ParamSpec>;
  readonly constants: KernelConstants;
  readonly grid: readonly [number, number, number];
}

/** What a spec is written as: parameters typed by their kernel, constants left out where there are none. */
export interface SpecParts<S extends ParamSpec> {
  readonly title: string;
  readonly dtype: DType;
  readonly operands: Readonly<Record<string, Operand | undefined>>;
  readonly params: ParamValues<S>;
  readonly constants?: KernelConstants;
  readonly grid: readonly [number, number, number];
}

export function spec<S extends ParamSpec>(kernel: KernelContract<S>, parts: SpecParts<S>): KernelSpec {
  const operands: Record<string, Operand> = {};
  for (const [name, operand] of Object.entries(parts.operands)) {
    if (operand !== undefined) operands[name] = operand;
  }
  return {
    constants: {},
    ...parts,
    operands,
    kernel: kernel as KernelContract,
    params: parts.params as ParamValues<ParamSpec>,
  };
}
