/** Compiles kernel variants: the backend's own, and those that users bring as MSL. */

import { type DType, type PipelineRequest, WickError } from '@wick/core';
import { compileFailed, withLines } from '../errors.js';
import type { Grid, MslFeatures, MslKernel, MslShader, Variant } from '../kernel.js';
import type { NativeConstant, NativeDevice, NativeLibrary, NativePipeline } from '../native.js';
import { declarationProblem } from './declaration.js';
import { MetalPipeline } from './pipeline.js';

/** Threads of a SIMD group that the kernels are written for; every Apple GPU has them. */
export const SIMD_WIDTH = 32;

/** A shader whose constants may be known by name. */
type Source = Omit<MslShader, 'constants'> & { readonly constants?: readonly NativeConstant[] };

export class Compiler {
  /** By source text, so that variants that differ in entry or constants only are parsed once. */
  readonly #libraries = new Map<string, Promise<NativeLibrary>>();

  constructor(
    private readonly device: NativeDevice,
    private readonly kernels: ReadonlyMap<string, MslKernel>,
    private readonly features: MslFeatures,
  ) {}

  /** Rejects `KERNEL_UNSUPPORTED` or `KERNEL_COMPILE_FAILED`. */
  async prepare(request: PipelineRequest): Promise<MetalPipeline> {
    const source = request.kernel.sources === undefined ? this.#ownSource(request) : userSource(request);
    return this.compile(request.kernel.name, request.key, source);
  }

  /** Rejects `KERNEL_COMPILE_FAILED`. */
  async compile(name: string, key: string, source: Source): Promise<MetalPipeline> {
    const { entry, constants = [], threads, tile } = source;
    let made: NativePipeline;
    try {
      const library = await this.#library(name, source.source);
      const size: Grid = typeof threads === 'number' ? [threads, 1, 1] : threads;
      made = await this.device.pipeline(library, { entry, label: key, threads: size, constants });
    } catch (thrown) {
      throw compileFailed(name, withLines(thrown instanceof Error ? thrown.message : String(thrown)), thrown);
    }
    if (made.executionWidth !== SIMD_WIDTH) {
      throw new WickError(
        'KERNEL_UNSUPPORTED',
        `backend metal cannot run kernel "${name}": this GPU has SIMD groups of ${made.executionWidth} threads, not ${SIMD_WIDTH}`,
        { label: name },
      );
    }
    return new MetalPipeline(key, made.number, tile);
  }

  #library(name: string, source: string): Promise<NativeLibrary> {
    const known = this.#libraries.get(source);
    if (known !== undefined) return known;
    const library = this.device.compile(source, name);
    this.#libraries.set(source, library);
    library.catch(() => this.#libraries.delete(source)); // a failure is not kept
    return library;
  }

  #ownSource(request: PipelineRequest): Source {
    const { kernel: contract } = request;
    const kernel = this.kernels.get(contract.name);
    const variant = variantOf(request, this.features);
    const reason =
      kernel === undefined || contract.reference !== undefined
        ? 'it has no MSL source'
        : kernel.refuse?.(variant);
    if (kernel === undefined || reason !== undefined) throw unsupported(request, reason);
    return kernel.shader(variant);
  }
}

/** A user's own source. Compile-time constants are function constants of the same names. */
function userSource(request: PipelineRequest): Source {
  const { kernel, constants } = request;
  const source = kernel.sources?.metal;
  if (source === undefined) throw unsupported(request, 'it has no MSL source');
  const { msl, entryPoint = kernel.name, tile = [64, 1, 1], threads = tile } = source;
  const problem = declarationProblem(request, msl, entryPoint);
  if (problem !== undefined) throw compileFailed(kernel.name, problem);
  const values = Object.entries(constants).map(([name, value]): NativeConstant => {
    if (typeof value === 'string') {
      throw compileFailed(kernel.name, `constant ${name} = "${value}" cannot be a function constant of MSL`);
    }
    return { name, value };
  });
  return { source: msl, entry: entryPoint, threads, tile, constants: values };
}

/** A request as shaders are made for it. */
function variantOf(request: PipelineRequest, features: MslFeatures): Variant {
  const { kernel, dtypes, constants, specialization = '' } = request;
  const named: Record<string, DType | undefined> = {};
  for (const [i, { name }] of kernel.bindings.entries()) named[name] = dtypes[i];
  return { dtypes: named, constants, specialization, features };
}

function unsupported({ kernel, dtypes }: PipelineRequest, reason: string | undefined): WickError {
  const types = dtypes.map((dtype) => dtype ?? 'none').join(', ');
  return new WickError(
    'KERNEL_UNSUPPORTED',
    `backend metal cannot run kernel "${kernel.name}" of (${types}): ${reason}`,
    { label: kernel.name },
  );
}
