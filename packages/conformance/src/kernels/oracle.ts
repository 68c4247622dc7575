/** What a kernel should give: the reference loop of the CPU backend on plain arrays, without a device. */

import { cpuKernels, type KernelCall } from '@wick/backend-cpu';
import type { BindingArray, DType } from '@wick/core';
import { assert } from '../suite/assert.js';
import { isSubnormal } from './compare.js';
import { decode, encode } from './memory.js';
import type { KernelSpec, Operand } from './spec.js';

/** The written operands of a spec by binding name, rounded to their dtype. */
export function expectedOutputs(given: KernelSpec): Record<string, BindingArray> {
  const { kernel, operands, params, constants, grid } = given;
  const reference = cpuKernels.get(kernel.name);
  assert(reference !== undefined, `kernel "${kernel.name}" has no reference`);
  const bindings: Record<string, BindingArray> = {};
  const dtypes: Record<string, DType> = {};
  for (const [name, operand] of Object.entries(operands)) {
    bindings[name] = decode(operand.dtype, encode(operand));
    dtypes[name] = operand.dtype;
  }
  // Through the parameter struct, so that the reference sees what a dispatch would.
  const block = new DataView(new ArrayBuffer(kernel.params.byteLength));
  kernel.params.encode(params, block, 0);
  const call: KernelCall = { bindings, dtypes, params: kernel.params.decode(block, 0), constants, grid };
  const refusal = reference.refuse?.(call);
  assert(refusal === undefined, () => `the reference refuses: ${refusal}`);
  // A grid without points does nothing, whatever the parameters say.
  if (grid.every((n) => n > 0)) reference.run(call, 0, reference.units(call));
  const outputs: Record<string, BindingArray> = {};
  for (const { name, access } of kernel.bindings) {
    if (access === 'read' || bindings[name] === undefined) continue;
    const dtype = dtypes[name];
    outputs[name] = decode(dtype, encode({ dtype, values: bindings[name] }));
  }
  return outputs;
}

/** The same where subnormal operands are flushed to zero first; undefined where no operand has any. */
export function flushedOutputs(given: KernelSpec): Record<string, BindingArray> | undefined {
  let found = false;
  const operands: Record<string, Operand> = {};
  for (const [name, operand] of Object.entries(given.operands)) {
    const { dtype } = operand;
    const values = Array.from(operand.values, (value) => {
      if (!isSubnormal(value, dtype)) return value;
      found = true;
      return value < 0 ? -0 : 0;
    });
    operands[name] = { ...operand, values };
  }
  return found ? expectedOutputs({ ...given, operands }) : undefined;
}
