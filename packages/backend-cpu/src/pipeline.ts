/** Kernel variants of the CPU backend: nothing to compile, but much to refuse. */

import { type DType, type KernelContract, type Pipeline, type PipelineRequest, WickError } from '@wick/core';
import { type CpuKernel, cpuKernel } from './kernel.js';
import { cpuKernels } from './kernels/index.js';

/** A kernel variant that can run. */
export class CpuPipeline implements Pipeline {
  readonly label: string;

  constructor(
    readonly kernel: CpuKernel,
    readonly request: PipelineRequest,
  ) {
    this.label = request.key;
  }
}

/** The pipeline behind the contract's opaque handle; throws for that of another backend. */
export function cpuPipeline(pipeline: Pipeline): CpuPipeline {
  if (pipeline instanceof CpuPipeline) return pipeline;
  throw new WickError('INVALID_ARGUMENT', `the pipeline "${pipeline.label}" belongs to another backend`);
}

/** Finds the loop for a variant; throws `KERNEL_UNSUPPORTED` with the reason where there is none. */
export function preparePipeline(request: PipelineRequest): CpuPipeline {
  const { kernel: contract, constants, dtypes } = request;
  const kernel = implementation(contract);
  const named: Record<string, DType | undefined> = {};
  contract.bindings.forEach((binding, i) => {
    named[binding.name] = dtypes[i];
  });
  const reason =
    kernel === undefined
      ? 'it has no reference function'
      : (wrongDtype(request) ?? wrongConstant(request) ?? kernel.refuse?.({ dtypes: named, constants }));
  if (kernel !== undefined && reason === undefined) return new CpuPipeline(kernel, request);
  const types = dtypes.map((dtype) => dtype ?? 'none').join(', ');
  throw new WickError(
    'KERNEL_UNSUPPORTED',
    `backend cpu cannot run kernel "${contract.name}" of (${types}): ${reason}`,
    { label: contract.name },
  );
}

/** A user's kernel runs its reference function as one unit; any other is looked up by its name. */
function implementation(contract: KernelContract): CpuKernel | undefined {
  if (contract.reference === undefined) {
    return contract.sources === undefined ? cpuKernels.get(contract.name) : undefined;
  }
  return cpuKernel(contract, {
    units: () => 1,
    run: (call) => contract.reference?.(call),
  });
}

function wrongDtype({ kernel, dtypes }: PipelineRequest): string | undefined {
  if (dtypes.length !== kernel.bindings.length) {
    return `it has ${kernel.bindings.length} bindings, not ${dtypes.length}`;
  }
  for (const [i, { name, dtypes: allowed, optional }] of kernel.bindings.entries()) {
    const dtype = dtypes[i];
    if (dtype === undefined ? optional !== true : !allowed.includes(dtype)) {
      return `"${name}" takes ${allowed.join(' or ')}, not ${dtype ?? 'nothing'}`;
    }
  }
  return undefined;
}

function wrongConstant({ kernel, constants }: PipelineRequest): string | undefined {
  const unknown = Object.keys(constants).find((name) => kernel.constants[name] === undefined);
  if (unknown !== undefined) return `it has no constant "${unknown}"`;
  for (const [name, allowed] of Object.entries(kernel.constants)) {
    const value = constants[name];
    if (value === undefined || (allowed !== 'any' && !allowed.includes(value))) {
      return `constant "${name}" cannot be ${value}`;
    }
  }
  return undefined;
}
