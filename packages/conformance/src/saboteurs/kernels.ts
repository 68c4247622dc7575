/** Kernels that compute something else, one mistake each: what a backend's own kernels may get wrong. */

import { type CpuKernel, cpuKernels, type KernelCall } from '@wick/backend-cpu';
import type { BindingArray, DType, KernelContract, PipelineRequest } from '@wick/core';
import { BackendWrapper, wrapOpened } from '../harness/wrapper.js';
import { roundHalf } from '../kernels/memory.js';
import type { Saboteur } from '../suite/stack.js';

/** Computes a whole dispatch; `whole` is the reference on the same memory. */
type Compute = (call: KernelCall, whole: () => void) => void;

/**
 * Replaces kernels of the catalogue by broken ones, on a backend that runs reference functions as the CPU's
 * does: a kernel with one of its own is run by it.
 */
function brokenKernels(names: readonly string[] | 'all', compute: Compute): NonNullable<Saboteur['wrap']> {
  return wrapOpened(
    (backend) =>
      new (class extends BackendWrapper {
        override prepare(request: PipelineRequest) {
          const { kernel } = request;
          const reference = cpuKernels.get(kernel.name);
          const isMeant = names === 'all' || names.includes(kernel.name);
          if (reference === undefined || !isMeant) return super.prepare(request);
          return super.prepare({ ...request, kernel: broken(request, reference, compute) });
        }
      })(backend),
  );
}

function broken({ kernel, dtypes }: PipelineRequest, reference: CpuKernel, compute: Compute): KernelContract {
  const named: Record<string, DType | undefined> = Object.fromEntries(
    kernel.bindings.map(({ name }, i) => [name, dtypes[i]]),
  );
  return {
    ...kernel,
    reference: (given) => {
      const call: KernelCall = { ...given, dtypes: named };
      compute(call, () => reference.run(call, 0, reference.units(call)));
    },
  };
}

/** Threads of a workgroup in most elementwise kernels. */
const WORKGROUP = 64;

/** The last workgroup, where it is not full, leaves out its last element. */
export const lastWorkgroupShort: Saboteur = {
  name: 'off by one in the last workgroup',
  wrap: brokenKernels(['unary', 'binary', 'binary_scalar'], ({ bindings: { out } }, whole) => {
    const last = out.length - 1;
    const before = out[last];
    whole();
    if (out.length % WORKGROUP !== 0) out[last] = before;
  }),
};

/** One element behind the end of the output is written. */
export const overrun: Saboteur = {
  name: 'a store behind the end',
  wrap: brokenKernels(['unary', 'softmax', 'matmul'], ({ bindings: { out } }, whole) => {
    whole();
    const end = out.byteOffset + out.byteLength;
    if (end < out.buffer.byteLength) new Uint8Array(out.buffer, end, 1).fill(0x55);
  }),
};

/** Sums of float16 are kept in float16. */
export const halfAccumulation: Saboteur = {
  name: 'float16 accumulation',
  wrap: brokenKernels(['reduce'], ({ bindings: { x, out }, dtypes, params, constants }, whole) => {
    if (dtypes.x !== 'float16' || constants.layout !== 'rows' || constants.op !== 'sum') return whole();
    const count = Number(params.count);
    for (let row = 0; row < out.length; row++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum = roundHalf(sum + x[row * count + i]);
      out[row] = sum;
    }
  }),
};

/** NaN comes out as 0, as under fast math. */
export const nanToZero: Saboteur = {
  name: 'NaN turned into 0',
  wrap: brokenKernels('all', ({ bindings }, whole) => {
    whole();
    for (const memory of outputsOf(bindings)) {
      for (const [i, value] of memory.entries()) if (Number.isNaN(value)) memory[i] = 0;
    }
  }),
};

function outputsOf(bindings: Readonly<Record<string, BindingArray>>): BindingArray[] {
  return ['out', 'target'].flatMap((name) => bindings[name] ?? []);
}

/** An index out of bounds reads whatever lies beside the tensor. */
export const gatherBeyond: Saboteur = {
  name: 'a gather that reads a neighbour',
  wrap: brokenKernels(['gather_rows'], ({ bindings, params, dtypes }, whole) => {
    whole();
    const { x, index, out } = bindings;
    if (dtypes.x !== 'float32') return;
    const rows = Number(params.rows);
    const inner = Number(params.inner);
    const all = new Float32Array(x.buffer, 0, x.buffer.byteLength >> 2);
    for (const [i, row] of index.entries()) {
      const at = (x.byteOffset >> 2) + row * inner;
      if ((row >= 0 && row < rows) || at < 0 || at + inner > all.length) continue;
      for (let k = 0; k < inner; k++) out[i * inner + k] = all[at + k];
    }
  }),
};

/** Integers go through float32, which holds 24 bits of them. */
export const integersAsFloats: Saboteur = {
  name: 'integers computed in float32',
  wrap: brokenKernels(['binary'], ({ bindings: { a, b, out }, dtypes, constants }, whole) => {
    whole();
    if (dtypes.a !== 'int32' || constants.op !== 'add' || constants.layout !== 'contiguous') return;
    for (let i = 0; i < out.length; i++) out[i] = Math.fround(Math.fround(a[i]) + Math.fround(b[i]));
  }),
};

/** float32 is cut to float16 in place of rounding to nearest even. */
export const truncatedHalves: Saboteur = {
  name: 'float16 rounded towards zero',
  wrap: brokenKernels(['cast'], ({ bindings: { x, out }, dtypes }, whole) => {
    whole();
    if (dtypes.x !== 'float32' || dtypes.out !== 'float16') return;
    for (const [i, value] of x.entries()) {
      if (Math.abs(value) >= 2 ** -14 && Number.isFinite(value)) out[i] = truncated(value);
    }
  }),
};

/** A normal number of float16, cut after 10 bits. */
function truncated(value: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  return Math.trunc(value / step) * step;
}

/** Strides are ignored: a view is copied as if it were contiguous. */
export const ignoredStrides: Saboteur = {
  name: 'strides ignored',
  wrap: brokenKernels(['strided_copy'], ({ bindings: { x, out } }) => {
    for (let i = 0; i < out.length; i++) out[i] = x[i % x.length];
  }),
};
