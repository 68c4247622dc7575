/** Runs one kernel on typed arrays, without a device. */

import { type BindingArray, type DType, type KernelConstants, type ParamSpec, WickError } from '@wick/core';
import { expect } from 'vitest';
import { decodeFloat16, encodeFloat16 } from '../src/float16.js';
import type { CpuKernel, KernelCall } from '../src/kernel.js';

export interface Setup {
  /** Written bindings say by their type and length what is expected; their content does not matter. */
  readonly bindings: Readonly<Record<string, BindingArray | undefined>>;
  /** Where the array does not tell: float16 (default float32), bool (default uint8). */
  readonly dtypes?: Readonly<Record<string, DType>>;
  /** Fields left out are 0. */
  readonly params?: Readonly<Record<string, number | readonly number[]>>;
  readonly constants?: KernelConstants;
}

/**
 * The written bindings after the dispatch. It is run twice, at once and in shuffled single units over other
 * garbage: both must give the same bits, so every byte of a `write` binding is written and units are
 * independent. Inputs must stay as they are.
 */
export function execute<S extends ParamSpec>(
  kernel: CpuKernel<S>,
  setup: Setup,
): Record<string, BindingArray> {
  const whole = prepare(kernel, setup, 0xa5);
  kernel.run(whole, 0, kernel.units(whole));
  const pieces = prepare(kernel, setup, 0x5a);
  for (const unit of shuffled(kernel.units(pieces))) kernel.run(pieces, unit, unit + 1);

  const results: Record<string, BindingArray> = {};
  for (const { name, access } of kernel.contract.bindings) {
    const memory = whole.bindings[name];
    if (memory === undefined) continue;
    expect(difference(memory, pieces.bindings[name]), `${name} in one run and in units`).toBe(-1);
    if (access === 'read') expect(difference(memory, input(setup, name)), `${name} after the run`).toBe(-1);
    else results[name] = whole.dtypes[name] === 'float16' ? roundToFloat16(memory) : memory;
  }
  return results;
}

/** The binding `out` after the dispatch, as an array. */
export function output<S extends ParamSpec>(kernel: CpuKernel<S>, setup: Setup): number[] {
  return Array.from(execute(kernel, setup).out);
}

/** Why `prepare` would refuse the variant. */
export function refusal<S extends ParamSpec>(
  kernel: CpuKernel<S>,
  constants: KernelConstants,
  dtypes: Readonly<Record<string, DType | undefined>>,
): string | undefined {
  return kernel.refuse?.({ constants, dtypes });
}

/** A shape of eight axes, right-aligned. */
export function axes(...shape: number[]): number[] {
  return [...Array<number>(8 - shape.length).fill(1), ...shape];
}

/** Strides of eight axes, right-aligned. */
export function strides(...values: number[]): number[] {
  return [...Array<number>(8 - values.length).fill(0), ...values];
}

/** Numbers that differ, with signs and fractions. */
export function ramp(length: number, scale = 0.37): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + 0.3) * scale * (1 + (i % 5)));
}

export function roundToFloat16(values: BindingArray): Float32Array {
  const halves = new Uint16Array(values.length);
  encodeFloat16(Float32Array.from(values), halves);
  const rounded = new Float32Array(values.length);
  decodeFloat16(halves, rounded);
  return rounded;
}

function prepare<S extends ParamSpec>(kernel: CpuKernel<S>, setup: Setup, garbage: number): KernelCall<S> {
  const { contract } = kernel;
  const bindings: Record<string, BindingArray> = {};
  const dtypes: Record<string, DType | undefined> = {};
  for (const { name, access, dtypes: allowed } of contract.bindings) {
    const memory = input(setup, name);
    if (memory === undefined) continue;
    bindings[name] = memory;
    const dtype = dtypeOf(setup, name, memory);
    dtypes[name] = dtype;
    expect(allowed).toContain(dtype);
    if (access === 'write') new Uint8Array(memory.buffer).fill(garbage);
  }
  const constants = setup.constants ?? {};
  const reason = kernel.refuse?.({ constants, dtypes });
  if (reason !== undefined) throw new WickError('KERNEL_UNSUPPORTED', reason);

  // Through the parameter struct, so that a value is what a dispatch would see.
  const values: Record<string, number | readonly number[]> = {};
  for (const { name, length } of contract.params.fields)
    values[name] = setup.params?.[name] ?? (length > 1 ? [] : 0);
  const block = new DataView(new ArrayBuffer(contract.params.byteLength));
  contract.params.encode(values as Parameters<typeof contract.params.encode>[0], block, 0);
  return { bindings, dtypes, params: contract.params.decode(block, 0), constants, grid: [1, 1, 1] };
}

function dtypeOf(setup: Setup, name: string, memory: BindingArray): DType {
  const given = setup.dtypes?.[name];
  if (given !== undefined) return given;
  if (memory instanceof Float32Array) return 'float32';
  if (memory instanceof Int32Array) return 'int32';
  return memory instanceof Uint32Array ? 'uint32' : 'uint8';
}

/** A copy of a binding's memory, as float16 would hold it. */
function input(setup: Setup, name: string): BindingArray | undefined {
  const memory = setup.bindings[name];
  return setup.dtypes?.[name] === 'float16' && memory !== undefined
    ? roundToFloat16(memory)
    : memory?.slice();
}

/** The first byte that differs, -1 if none does. */
function difference(a: BindingArray, b: BindingArray | undefined): number {
  const bytesA = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const bytesB = b === undefined ? new Uint8Array(0) : new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return bytesA.findIndex((byte, i) => byte !== bytesB[i]);
}

/** 0..count-1 in an order that is the same every time. */
function shuffled(count: number): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  let state = 12345;
  for (let i = count - 1; i > 0; i--) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
