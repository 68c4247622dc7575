/** Backends around backends: the parts that pass everything on, for wrappers that change one thing. */

import type {
  Allocation,
  Backend,
  BackendCapabilities,
  BackendFactory,
  BackendInfo,
  BackendLimits,
  Capture,
  Completion,
  DeviceLoss,
  HostMemory,
  MaybePromise,
  Pipeline,
  PipelineRequest,
  Submission,
} from '@wick/core';

/** A factory whose backends are those of another one, wrapped. */
export type Wrap = (factory: BackendFactory) => BackendFactory;

/** Makes a {@link Wrap} of something that wraps an opened backend. */
export function wrapOpened(wrap: (backend: Backend) => Backend): Wrap {
  return (factory) => ({ name: factory.name, open: async () => wrap(await factory.open()) });
}

/** Forwards every member; a subclass overrides what it changes. */
export class BackendWrapper implements Backend {
  readonly info: BackendInfo;
  readonly limits: BackendLimits;
  readonly capabilities: BackendCapabilities;
  readonly lost: Promise<DeviceLoss>;
  readonly specialize?: NonNullable<Backend['specialize']>;
  /** A subclass may replace or delete it. */
  hostMemory?: HostMemory;
  readonly capture?: Capture;

  constructor(protected readonly inner: Backend) {
    this.info = inner.info;
    this.limits = inner.limits;
    this.capabilities = inner.capabilities;
    this.lost = inner.lost;
    const { specialize, hostMemory, capture } = inner;
    if (specialize !== undefined) this.specialize = (...call) => specialize.apply(inner, call);
    if (hostMemory !== undefined) this.hostMemory = hostMemory;
    if (capture !== undefined) this.capture = capture;
  }

  allocate(byteLength: number): MaybePromise<Allocation> {
    return this.inner.allocate(byteLength);
  }

  free(allocation: Allocation): void {
    this.inner.free(allocation);
  }

  prepare(request: PipelineRequest): MaybePromise<Pipeline> {
    return this.inner.prepare(request);
  }

  submit(submission: Submission): Promise<Completion> {
    return this.inner.submit(submission);
  }

  destroy(): void {
    this.inner.destroy();
  }
}
