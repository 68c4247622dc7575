/** The pipeline cache: one compilation for each variant, failures forgotten so that they can be retried. */

import type { Backend, MaybePromise, Pipeline, PipelineRequest } from '../backend.js';
import { toWickError } from '../errors.js';

export class Pipelines {
  readonly #ready = new Map<string, Pipeline>();
  readonly #pending = new Map<string, Promise<Pipeline>>();
  #compiled = 0;

  constructor(private readonly backend: Backend) {}

  /** Pipelines compiled so far. */
  get compiled(): number {
    return this.#compiled;
  }

  /** The pipeline of a variant: at once if it is compiled, or a promise. Failures are thrown or rejected. */
  get(request: PipelineRequest): MaybePromise<Pipeline> {
    const ready = this.#ready.get(request.key) ?? this.#pending.get(request.key);
    if (ready !== undefined) return ready;
    let prepared: MaybePromise<Pipeline>;
    try {
      prepared = this.backend.prepare(request);
    } catch (thrown) {
      throw compileError(thrown, request);
    }
    if (!(prepared instanceof Promise)) return this.#keep(request, prepared);
    const pending = prepared.then(
      (pipeline) => this.#keep(request, pipeline),
      (thrown: unknown) => {
        this.#pending.delete(request.key);
        throw compileError(thrown, request);
      },
    );
    this.#pending.set(request.key, pending);
    return pending;
  }

  #keep(request: PipelineRequest, pipeline: Pipeline): Pipeline {
    this.#pending.delete(request.key);
    this.#ready.set(request.key, pipeline);
    this.#compiled++;
    return pipeline;
  }
}

function compileError(thrown: unknown, { kernel }: PipelineRequest): Error {
  return toWickError(thrown, 'KERNEL_COMPILE_FAILED', `kernel "${kernel.name}"`);
}
