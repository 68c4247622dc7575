/**
 * The pipeline cache: one compilation for each variant, failures forgotten so that they can be retried. The
 * oldest variants go when there are too many: a constant that is different at every call would fill it.
 */

import type { Backend, MaybePromise, Pipeline, PipelineRequest } from '../backend.js';
import { toWickError } from '../errors.js';

export class Pipelines {
  readonly #ready = new Map<string, Pipeline>();
  readonly #pending = new Map<string, Promise<Pipeline>>();
  #compiled = 0;

  /** @param capacity most pipelines that are kept */
  constructor(
    private readonly backend: Backend,
    private readonly capacity = 4096,
  ) {}

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
    if (this.#ready.size > this.capacity) {
      const [oldest] = this.#ready.keys();
      this.#ready.delete(oldest);
    }
    this.#compiled++;
    return pipeline;
  }
}

function compileError(thrown: unknown, { kernel }: PipelineRequest): Error {
  return toWickError(thrown, 'KERNEL_COMPILE_FAILED', `kernel "${kernel.name}"`);
}
