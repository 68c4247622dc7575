/**
 * Holds a user's shader to its declaration. WebGPU itself refuses a wrong access, a binding that is not
 * declared and a parameter struct that is too long, because the bind group layout is made from the
 * declaration; what it cannot see is the meaning of the bytes: element types and the fields of the struct.
 */

import type { DType, ParamField, ParamType, PipelineRequest } from '@wick/core';
// Its main file is CommonJS in a package of modules, which Node cannot load.
import { WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import { compileFailed } from '../errors.js';
import { isByte } from '../wgsl/types.js';

type Variable = WgslReflect['storage'][number];
type Type = Variable['type'];

/** Throws `KERNEL_COMPILE_FAILED` naming the first binding, field or tile that is not as declared. */
export function checkDeclaration(
  { kernel, dtypes }: PipelineRequest,
  { code, entryPoint }: { readonly code: string; readonly entryPoint: string },
): void {
  const reflected = parse(code);
  if (reflected === undefined) return;
  const fail = (what: string) => compileFailed(kernel.name, what, undefined);
  const entry = reflected.entry.compute.find(({ name }) => name === entryPoint);
  if (entry === undefined) throw fail(`there is no compute entry point "${entryPoint}"`);
  const found = new Set<number>();
  for (const variable of [...reflected.storage, ...reflected.uniforms]) {
    const { name, group, binding } = variable;
    if (group !== 0) throw fail(`"${name}" is in group ${group}; all bindings are in group 0`);
    found.add(binding);
    const declared = kernel.bindings[binding];
    if (declared !== undefined) {
      const problem = storageProblem(variable, declared.access, dtypes[binding]);
      if (problem !== undefined) {
        throw fail(`binding ${binding} is declared as "${declared.name}", but in WGSL ${problem}`);
      }
    } else if (binding === kernel.bindings.length && kernel.params.byteLength > 0) {
      const problem = paramsProblem(variable.type, kernel.params.fields);
      if (problem !== undefined) throw fail(`the parameter struct at binding ${binding} ${problem}`);
    } else {
      throw fail(`"${name}" is at binding ${binding}, which is not declared`);
    }
  }
  // What is declared and not there is a mistake too, most likely a number that is off by one.
  for (const [i, { name }] of kernel.bindings.entries()) {
    if (dtypes[i] !== undefined && !found.has(i)) {
      throw fail(`"${name}" is declared as binding ${i}, which WGSL has not`);
    }
  }
  if (kernel.params.byteLength > 0 && !found.has(kernel.bindings.length)) {
    throw fail(`parameters are declared, but WGSL has no struct at binding ${kernel.bindings.length}`);
  }
}

/** The library does not know every extension; what it cannot read is left to WebGPU's own checks. */
function parse(code: string): WgslReflect | undefined {
  try {
    return new WgslReflect(code);
  } catch {
    return undefined;
  }
}

function storageProblem(
  { access, type }: Variable,
  declared: 'read' | 'write' | 'readWrite',
  dtype: DType | undefined,
): string | undefined {
  const writable = access !== 'read' && access !== '';
  if (writable !== (declared !== 'read')) {
    return `it is ${writable ? 'read_write' : 'read'}, where the declaration says "${declared}"`;
  }
  const scalar = scalarOf(type);
  if (dtype === undefined || scalar === undefined) return undefined;
  const wanted = isByte(dtype) ? 'u32' : SCALARS[dtype];
  return scalar === wanted ? undefined : `its elements are ${scalar}, where ${dtype} is ${wanted}`;
}

const SCALARS: Readonly<Record<DType, string>> = {
  float32: 'f32',
  float16: 'f16',
  int32: 'i32',
  uint32: 'u32',
  uint8: 'u32',
  bool: 'u32',
};

/** The scalar that a type consists of; undefined for structs, which may mix them. */
function scalarOf(type: Type | null | undefined): string | undefined {
  if (type === null || type === undefined) return undefined;
  const { format } = type as { format?: Type | null };
  if (format !== null && format !== undefined) return scalarOf(format);
  const name = type.name.startsWith('atomic') ? 'u32' : type.name;
  const short = /^(?:vec[234])([fiuh])$/.exec(name);
  if (short !== null) return { f: 'f32', i: 'i32', u: 'u32', h: 'f16' }[short[1]];
  return ['f32', 'f16', 'i32', 'u32'].includes(name) ? name : undefined;
}

const PARAM_SCALARS: Readonly<Record<ParamType, string>> = {
  u32: 'u32',
  i32: 'i32',
  f32: 'f32',
  u32x4: 'u32',
  i32x4: 'i32',
  f32x4: 'f32',
  u32x8: 'u32',
  i32x8: 'i32',
};

function paramsProblem(type: Type, fields: readonly ParamField[]): string | undefined {
  const { members } = type as {
    members?: readonly { name: string; offset: number; size: number; type: Type }[];
  };
  if (members === undefined) return `is a ${type.name} and no struct`;
  if (members.length !== fields.length) return `has ${members.length} fields, not ${fields.length}`;
  for (const [i, member] of members.entries()) {
    const field = fields[i];
    const scalar = scalarOf(member.type);
    const fits =
      member.offset === field.offset &&
      member.size === 4 * field.length &&
      (scalar === undefined || scalar === PARAM_SCALARS[field.type]);
    if (fits) continue;
    return `has "${member.name}" (${scalar ?? member.type.name}, ${member.size} bytes at ${member.offset}) where "${field.name}" is ${field.type} at ${field.offset}`;
  }
  return undefined;
}
