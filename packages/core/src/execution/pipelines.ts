/**
 * The pipeline cache: one compilation for each variant, failures forgotten so that they can be retried. The
 * oldest variants go when there are too many: a constant that is different at every call would fill it.
 */

import type { Backend, MaybePromise, Pipeline, PipelineRequest } from '../backend.js';
import { toWickError } from '../errors.js';

/** Kernel variants that are compiled so far. */
export interface CompileProgress {
  readonly kind: 'compile';
  readonly loaded: number;
  readonly total: number;
  /** Name of the kernel that was compiled last; empty before the first. */
  readonly label: string;
}

export class Pipelines {
  readonly #ready = new Map<string, Pipeline>();
  readonly #pending = new Map<string, Promise<Pipeline>>();
  #compiled = 0;
  readonly #observers = new Set<(progress: CompileProgress) => void>();
  /** Of the compilations under way, and those that ended since there were none. */
  #loaded = 0;
  #total = 0;

  /** @param capacity most pipelines that are kept */
  constructor(
    private readonly backend: Backend,
    private readonly capacity = 4096,
  ) {}

  observe(observer: (progress: CompileProgress) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

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
    // Once for all that begin together.
    if (this.#total++ === 0) queueMicrotask(() => this.#report(''));
    // Aside: an observer that throws is an unhandled rejection of its own, and fails nobody's kernel.
    const ended = () => this.#ended(request.kernel.name);
    void prepared.then(ended, ended);
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

  #ended(label: string): void {
    this.#loaded++;
    this.#report(label);
  }

  #report(label: string): void {
    const progress = { kind: 'compile', loaded: this.#loaded, total: this.#total, label } as const;
    if (this.#loaded === this.#total) this.#loaded = this.#total = 0;
    for (const observer of this.#observers) observer(progress);
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
