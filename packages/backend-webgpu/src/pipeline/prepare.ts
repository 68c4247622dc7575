/** Compiles kernel variants: the backend's own, and those that users bring as WGSL. */

import { type DType, type PipelineRequest, toWickError, WickError } from '@wick/core';
import { compileFailed, scoped } from '../errors.js';
import type { ShaderFeatures, Tile, Variant, WgslKernel } from '../kernel.js';
import { shaderModule } from '../wgsl/module.js';
import type { Layouts } from './layouts.js';
import { WebGpuPipeline } from './pipeline.js';

/** What a variant is compiled from. */
interface Source {
  readonly code: string;
  readonly entryPoint: string;
  readonly tile: Tile;
  readonly folds: boolean;
  readonly constants: Record<string, number>;
  /** See `Layouts.get`. */
  readonly leastBytes: number;
}

export class Compiler {
  constructor(
    private readonly device: GPUDevice,
    private readonly layouts: Layouts,
    private readonly kernels: ReadonlyMap<string, WgslKernel>,
    private readonly features: ShaderFeatures,
  ) {}

  /** Rejects `KERNEL_UNSUPPORTED` or `KERNEL_COMPILE_FAILED`. */
  async prepare(request: PipelineRequest): Promise<WebGpuPipeline> {
    const { kernel } = request;
    const source = kernel.sources === undefined ? this.#ownSource(request) : userSource(request);
    const module = await this.#compile(kernel.name, source.code);
    if (kernel.sources !== undefined) {
      const { checkDeclaration } = await import('./reflection.js');
      checkDeclaration(request, source);
    }
    const { value: layout, error } = scoped(this.device, `kernel "${kernel.name}"`, () =>
      this.layouts.get(request, source.leastBytes),
    );
    const handle = await this.#pipeline(kernel.name, module, layout.pipeline, source);
    const cause = await error;
    if (cause !== undefined) throw compileFailed(kernel.name, cause.message, cause);
    const most = this.device.limits.maxComputeWorkgroupsPerDimension;
    return new WebGpuPipeline(request.key, handle, layout, source.tile, source.folds, most);
  }

  #ownSource(request: PipelineRequest): Source {
    const { kernel: contract } = request;
    const kernel = this.kernels.get(contract.name);
    const variant = variantOf(request, this.features);
    const reason =
      kernel === undefined
        ? 'it has no WGSL source'
        : contract.reference !== undefined
          ? 'it has a reference function but no WGSL source'
          : (this.#missingFeature(request) ?? kernel.refuse?.(variant));
    if (kernel === undefined || reason !== undefined) throw unsupported(request, reason);
    const shader = kernel.shader(variant);
    const code = shaderModule(contract, variant, shader);
    return { code, entryPoint: 'main', tile: shader.tile, folds: true, constants: {}, leastBytes: 16 };
  }

  #missingFeature({ dtypes }: PipelineRequest): string | undefined {
    return dtypes.includes('float16') && !this.features.float16
      ? 'the adapter has no float16 (shader-f16)'
      : undefined;
  }

  async #compile(name: string, code: string): Promise<GPUShaderModule> {
    const { value: module, error } = scoped(this.device, `kernel "${name}"`, () =>
      this.device.createShaderModule({ label: name, code }),
    );
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      const log = errors.map(({ lineNum, linePos, message }) => `line ${lineNum}:${linePos}: ${message}`);
      throw compileFailed(name, log.join('\n'), undefined);
    }
    const cause = await error;
    if (cause !== undefined) throw compileFailed(name, cause.message, cause);
    return module;
  }

  async #pipeline(
    name: string,
    module: GPUShaderModule,
    layout: GPUPipelineLayout,
    { entryPoint, constants }: Source,
  ): Promise<GPUComputePipeline> {
    try {
      const compute = { module, entryPoint, constants };
      return await this.device.createComputePipelineAsync({ label: name, layout, compute });
    } catch (thrown) {
      const cause = toWickError(thrown, 'KERNEL_COMPILE_FAILED', 'the pipeline');
      throw compileFailed(name, cause.message, cause);
    }
  }
}

/** A user's own source. */
function userSource(request: PipelineRequest): Source {
  const source = request.kernel.sources?.webgpu;
  if (source === undefined) throw unsupported(request, 'it has no WGSL source');
  return {
    code: source.wgsl,
    entryPoint: source.entryPoint ?? 'main',
    tile: source.tile ?? [64, 1, 1],
    folds: false,
    constants: overrides(request),
    leastBytes: 0,
  };
}

/** Compile-time constants become `override` declarations; words have no place in WGSL. */
function overrides({ kernel, constants }: PipelineRequest): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === 'string') {
      throw compileFailed(kernel.name, `constant ${name} = "${value}" cannot be a WGSL override`, undefined);
    }
    values[name] = Number(value);
  }
  return values;
}

/** A request as shaders are made for it. */
export function variantOf(request: PipelineRequest, features: ShaderFeatures): Variant {
  const { kernel, dtypes, constants, specialization = '' } = request;
  const named: Record<string, DType | undefined> = {};
  for (const [i, { name }] of kernel.bindings.entries()) named[name] = dtypes[i];
  return { dtypes: named, constants, specialization, features };
}

function unsupported({ kernel, dtypes }: PipelineRequest, reason: string | undefined): WickError {
  const types = dtypes.map((dtype) => dtype ?? 'none').join(', ');
  return new WickError(
    'KERNEL_UNSUPPORTED',
    `backend webgpu cannot run kernel "${kernel.name}" of (${types}): ${reason}`,
    { label: kernel.name },
  );
}
