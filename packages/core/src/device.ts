/**
 * A device: one opened backend with its stream, memory pool, kernel cache and trace. Commands gather in a
 * window; a read, `flush`, the end of `run`, or the submission bounds turn it into a plan and carry it out.
 */

import type {
  Backend,
  BackendCapabilities,
  BackendFactory,
  BackendInfo,
  BackendLimits,
  DeviceLoss,
} from './backend.js';
import { checkDeviceOptions, type DeviceOptions } from './config.js';
import { WickError } from './errors.js';
import { unlessAborted } from './execution/abort.js';
import { withCapture } from './execution/capture.js';
import { type CompiledInputs, type CompiledPlan, compilePlan } from './execution/compiled.js';
import { Executor } from './execution/executor.js';
import { type CompileProgress, Pipelines } from './execution/pipelines.js';
import { Stream, takenBack } from './execution/stream.js';
import { compileKernels, type WarmUpOptions } from './execution/warm-up.js';
import type { KernelContract } from './kernels/contract.js';
import type { ParamSpec } from './kernels/params.js';
import { Buffer } from './memory/buffer.js';
import { LeakWatch } from './memory/leak-watch.js';
import { Ledger } from './memory/ledger.js';
import { Pool } from './memory/pool.js';
import { Scopes } from './memory/scopes.js';
import { Storage } from './memory/storage.js';
import type { Plan } from './planning/plan.js';
import type { DispatchCall } from './recording/calls.js';
import { bytesOf, checkByteLength, checkOwner, checkSynchronous } from './recording/checks.js';
import type { Command } from './recording/commands.js';
import { Recorder } from './recording/recorder.js';
import { Variants } from './recording/variants.js';
import type { DeviceStats } from './stats.js';
import { Trace } from './trace/trace.js';

/** Opens a backend as a device. Rejects `BACKEND_UNAVAILABLE`, or `BAD_CONFIG` naming an option. */
export async function openDevice(factory: BackendFactory, options: DeviceOptions = {}): Promise<Device> {
  checkDeviceOptions(options);
  return new Device(await factory.open(), options, factory);
}

const DEFAULT_POOLED_BYTES = 1024 ** 3;

/** One opened backend with its stream, memory, kernels and trace; made by {@link openDevice}. */
export class Device implements AsyncDisposable {
  readonly trace = new Trace();
  /** Settles once, when the device is lost or destroyed; never rejects. */
  readonly lost: Promise<DeviceLoss>;
  /** @internal */
  readonly pool: Pool;
  readonly #backend: Backend;
  readonly #executor: Executor;
  readonly #stream: Stream;
  readonly #variants: Variants;
  readonly #pipelines: Pipelines;
  readonly #ledger = new Ledger();
  readonly #scopes = new Scopes();
  readonly #peaks = { planned: 0, unplanned: 0 };
  readonly #leaks: LeakWatch;
  /** Where commands go: the window, or the recorder of the function that is being compiled. */
  #recorder: Recorder;
  #running = false;
  #replays = 0;
  #empty: Buffer | undefined;
  #closing: Promise<void> | undefined;
  #destroyed = false;

  /** @internal Use {@link openDevice}. */
  constructor(
    backend: Backend,
    private readonly options: DeviceOptions,
    private readonly factory: BackendFactory,
  ) {
    this.#backend = backend;
    if (options.trace) this.trace.start();
    this.#variants = new Variants(backend);
    this.#pipelines = new Pipelines(backend);
    const pooled = options.pooling === false ? 0 : (options.maxPooledBytes ?? DEFAULT_POOLED_BYTES);
    this.pool = new Pool(backend, pooled, () => this.#executor.inFlight);
    this.#executor = new Executor({
      backend,
      pipelines: this.#pipelines,
      trace: this.trace,
      pool: this.pool,
      noteMemory: (planned, unplanned) => {
        this.#peaks.planned = Math.max(this.#peaks.planned, planned);
        this.#peaks.unplanned = Math.max(this.#peaks.unplanned, unplanned);
      },
    });
    const window = this.#newRecorder();
    this.#recorder = window;
    this.#stream = new Stream(backend, window, this.#executor, this.#pipelines, this.trace, options.planning);
    this.#leaks = new LeakWatch((storage) => {
      this.#releaseStorage(storage);
      options.onLeak?.(storage.label);
    });
    this.lost = backend.lost.then((loss) => {
      this.#lose(new WickError('DEVICE_LOST', `the device is ${loss.reason}: ${loss.message}`));
      return loss;
    });
  }

  get info(): BackendInfo {
    return this.#backend.info;
  }

  get limits(): BackendLimits {
    return this.#backend.limits;
  }

  get capabilities(): BackendCapabilities {
    return this.#backend.capabilities;
  }

  /**
   * A buffer of `byteLength` bytes (0 is legal). Nothing is allocated before a command writes it. It is
   * tracked by the innermost scope, if there is one.
   *
   * @throws WickError `INVALID_ARGUMENT`, `LIMIT_EXCEEDED`, `DEVICE_LOST`
   */
  createBuffer(options: { readonly byteLength: number; readonly label?: string }): Buffer {
    this.#checkOpen();
    const { byteLength, label = 'buffer' } = options;
    checkByteLength(byteLength, this.limits, label);
    return this.adopt(new Buffer(this, new Storage(byteLength, label), 0, byteLength, label));
  }

  /**
   * Records an upload of `data` to `buffer`, from byte `offset` on. The bytes are copied now.
   *
   * @throws WickError `INVALID_ARGUMENT` (no typed array or DataView), `OUT_OF_RANGE`, `INVALID_ALIGNMENT`,
   * `BUFFER_FREED`, `DEVICE_LOST`
   */
  write(
    buffer: Buffer,
    data: ArrayBufferView,
    options: { readonly offset?: number; readonly label?: string } = {},
  ): void {
    this.#checkOwn(buffer);
    const { offset = 0, label = `write ${buffer.label}` } = options;
    const bytes = bytesOf(data, label);
    const whole = offset === 0 && bytes.byteLength === buffer.byteLength;
    this.#recorder.upload(whole ? buffer : buffer.view(offset, bytes.byteLength), bytes, label);
    this.#recorded();
  }

  /** Records a fill of the whole buffer (or view) with a 32-bit pattern, little-endian. Default: 0. */
  fill(buffer: Buffer, value = 0, label = `fill ${buffer.label}`): void {
    this.#checkOwn(buffer);
    this.#recorder.fill(buffer, value, label);
    this.#recorded();
  }

  /** Records a copy between buffers or views of equal length; they may not overlap. */
  copy(source: Buffer, destination: Buffer, label = `copy ${source.label}`): void {
    this.#checkOwn(source);
    this.#checkOwn(destination);
    this.#recorder.copy(source, destination, label);
    this.#recorded();
  }

  /**
   * Records a dispatch of `kernel`.
   *
   * @throws WickError `INVALID_ARGUMENT` (a binding, dtype, constant, parameter or the grid does not fit
   * the contract, or a written range overlaps another binding), `UNWRITTEN`, `BUFFER_FREED`,
   * `INVALID_ALIGNMENT`, `LIMIT_EXCEEDED`, `DEVICE_LOST`
   */
  dispatch<S extends ParamSpec>(kernel: KernelContract<S>, call: DispatchCall<S>): void {
    this.#checkOpen();
    this.#recorder.dispatch(kernel, call);
    this.#recorded();
  }

  /**
   * The bytes of `buffer` as of this call: commands recorded later do not change them. Flushes no more
   * than what the bytes depend on, and waits for nothing else. Inside `run` it is a command of the run.
   *
   * Rejects `UNWRITTEN`, `BUFFER_FREED`, `CANCELLED`, `DEVICE_LOST`, or with the cause of the failure of
   * whatever should have written the bytes.
   */
  read(buffer: Buffer, options: { readonly signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const bytes = unlessAborted(options.signal, buffer.label, async () => this.#read(buffer));
    // A run that throws may never have handed its reads to anybody.
    if (this.#running) bytes.catch(() => {});
    return bytes;
  }

  /**
   * Records everything that `fn` does and plans it as a whole at its end. What was created inside and is
   * not part of the result (itself, or inside arrays, maps and plain objects) is freed at the end, so the
   * planner knows every lifetime. Nested runs belong to the outermost. If `fn` throws, nothing of it runs.
   *
   * @throws WickError `INVALID_ARGUMENT` if `fn` is asynchronous; whatever `fn` throws
   */
  run<T>(fn: () => T, options: { readonly label?: string } = {}): T {
    this.#checkOpen();
    const { window } = this.#stream;
    if (this.#running || this.#recorder !== window) return this.scope(fn);
    const begun = performance.now();
    const mark = window.mark();
    this.#running = true;
    let result: T;
    try {
      result = this.scope(fn);
      window.commit();
    } catch (thrown) {
      for (const storage of window.rollback(mark)) this.#executor.retire(storage);
      this.#stream.dropDownloads(mark.downloads, takenBack(thrown));
      throw thrown;
    } finally {
      this.#running = false;
    }
    const label = options.label ?? 'run';
    this.trace.span('record', label, begun, { commands: window.commands.length - mark.commands });
    this.#stream.flush(label);
    this.#leaks.watch();
    return result;
  }

  /** Lifetimes only: frees what `fn` created and does not return, without a planning boundary. */
  scope<T>(fn: () => T): T {
    return this.#scopes.run(() => checkSynchronous(fn()));
  }

  /**
   * Puts `name/` in front of the labels of everything that `fn` records, so that traces, plans and errors
   * say which part of a network a command belongs to. Groups nest.
   */
  group<T>(name: string, fn: () => T): T {
    const recorder = this.#recorder;
    const outer = recorder.prefix;
    recorder.prefix = `${outer}${name}/`;
    try {
      return checkSynchronous(fn());
    } finally {
      recorder.prefix = outer;
    }
  }

  /** Registers a resource with the innermost scope or run, if there is one. */
  track<T extends Disposable>(resource: T): T {
    return this.#scopes.track(resource);
  }

  /** Takes a resource out of its scope: from now on it lives until it is disposed. */
  untrack(resource: Disposable): void {
    this.#scopes.untrack(resource);
  }

  /**
   * Records `fn` once, with stand-ins for its inputs, and keeps the plan: replaying it with other buffers
   * of the same sizes records and plans nothing. Buffers that `fn` uses and did not create (weights) are
   * bound for good. What `fn` returns is made anew by every replay.
   *
   * @param inputs byte lengths by name
   * @throws WickError `INVALID_ARGUMENT` if `fn` is asynchronous; `INVALID_STATE` inside `run`
   */
  compile<O extends Readonly<Record<string, Buffer>>>(
    inputs: CompiledInputs,
    fn: (inputs: Readonly<Record<string, Buffer>>) => O,
    options: { readonly label?: string } = {},
  ): CompiledPlan<O> {
    const recorder = this.#recordApart('compile');
    for (const [name, input] of Object.entries(inputs)) {
      checkByteLength(typeof input === 'number' ? input : input.host, this.limits, name);
    }
    const record = (work: () => O): O => this.#recordInto(recorder, work);
    return compilePlan(this, this.#stream, recorder, record, inputs, fn, options.label ?? 'compiled');
  }

  /**
   * Compiles every kernel that `fn` dispatches, and runs nothing of it: the first real run then waits for no
   * compilation. What `fn` creates is freed. Rejects with the first kernel's failure, `CANCELLED`, or
   * whatever `fn` throws.
   */
  async warmUp(fn: () => void, options: WarmUpOptions = {}): Promise<void> {
    const recorder = this.#recordApart('warmUp');
    recorder.mark();
    let commands: readonly Command[];
    try {
      this.#recordInto(recorder, () => void fn());
    } finally {
      recorder.undoWritten();
      const taken = recorder.takeAll();
      commands = taken.commands;
      for (const storage of taken.storages) if (storage.freed) this.#executor.retire(storage);
    }
    await compileKernels(this.#pipelines, commands, options);
  }

  /**
   * Opens the same backend anew with the same options: the way on after a loss. Nothing of this device is
   * of use there; what was read before, or can be uploaded again, is. Rejects `BACKEND_UNAVAILABLE`.
   */
  async reopen(): Promise<Device> {
    this.destroy();
    return openDevice(this.factory, this.options);
  }

  /** Hands everything recorded so far to the backend; does not wait. */
  flush(): void {
    this.#checkNotRecording('flush');
    this.#stream.flush('window');
    this.#leaks.watch();
  }

  /** Flushes and resolves when everything has completed; rejects with the first failure since the last call. */
  async idle(): Promise<void> {
    this.flush();
    await this.#executor.idle();
  }

  /** Counters and figures of now. */
  stats(): DeviceStats {
    const { inFlight, figures } = this.#executor;
    return {
      buffers: { live: this.#ledger.buffers, bytes: this.#ledger.bytes, byLabel: this.#ledger.byLabel() },
      memory: {
        ...this.pool.figures,
        peakPlannedBytes: this.#peaks.planned,
        peakUnplannedBytes: this.#peaks.unplanned,
      },
      work: {
        ...figures,
        plans: this.#stream.plans,
        replays: this.#replays,
        completedSerial: inFlight.completedSerial,
        inFlight: inFlight.size,
        pipelines: this.#pipelines.compiled,
      },
      backend: { ...this.#executor.backendFigures },
    };
  }

  /** Calls `observer` with every plan made from now on; returns how to stop it. */
  observePlans(observer: (plan: Plan) => void): () => void {
    return this.#stream.observe(observer);
  }

  /**
   * Calls `observer` while kernels are compiled, whatever asks for them; returns how to stop it. `total` grows
   * where more are asked for meanwhile, and counts anew once all are there.
   */
  observeCompilations(observer: (progress: CompileProgress) => void): () => void {
    return this.#pipelines.observe(observer);
  }

  /**
   * Begins a capture into `path`, an absolute path: what is recorded from now on is in it, and nothing from
   * before. Rejects `CAPTURE_FAILED` with the reason; work goes on in any case.
   */
  startCapture(path: string): Promise<void> {
    return withCapture(
      this,
      this.#backend,
      () => this.#executor.settled(),
      (capture) => capture.start(path),
    );
  }

  /** Ends the capture after everything recorded so far; resolves when the file is complete. Rejects `CAPTURE_FAILED`. */
  stopCapture(): Promise<void> {
    return withCapture(
      this,
      this.#backend,
      () => this.#executor.settled(),
      (capture) => capture.stop(),
    );
  }

  /** Gives pooled memory that is idle back to the backend. */
  trim(): void {
    this.pool.trim(0);
  }

  /** Lets pending work end, then destroys the device. Nothing can be recorded meanwhile. */
  async close(): Promise<void> {
    if (this.#closing === undefined && !this.#destroyed) {
      this.#checkRecording('close');
      this.#stream.flush('window');
      this.#closing = this.#drain();
    }
    return this.#closing;
  }

  async #drain(): Promise<void> {
    await this.#executor.idle().catch(() => {});
    this.destroy();
  }

  /** Ends the device at once: pending work and reads reject `DEVICE_LOST`. Idempotent. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#lose(new WickError('DEVICE_LOST', 'the device was destroyed'));
    this.#backend.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal Counts a buffer that owns memory and tracks it. */
  adopt(buffer: Buffer): Buffer {
    this.#ledger.add(buffer.label, buffer.byteLength);
    this.#leaks.add(buffer);
    if (this.#leaks.isCrowded && !this.#scopes.isOpen) this.#leaks.watch();
    return this.#scopes.track(buffer);
  }

  /** @internal Called by a buffer that owns memory, when it is freed. */
  release(buffer: Buffer): void {
    this.#scopes.untrack(buffer);
    this.#leaks.release(buffer);
    this.#releaseStorage(buffer.storage);
  }

  /** @internal A replay begins: what was recorded before it goes first. */
  prepareReplay(): void {
    this.#checkNotRecording('a replay');
    this.#stream.flush('window');
    this.#leaks.watch();
  }

  /** @internal A replay was queued. */
  noteReplay(): void {
    this.#replays++;
  }

  #read(buffer: Buffer): Promise<Uint8Array> {
    this.#checkOwn(buffer);
    if (this.#recorder !== this.#stream.window) {
      throw new WickError('INVALID_STATE', `"${buffer.label}" is read inside a compiled function`);
    }
    if (!this.#running) return this.#stream.read(buffer);
    return this.#stream.download(buffer, `read ${buffer.label}`);
  }

  #releaseStorage(storage: Storage): void {
    this.#ledger.remove(storage.label, storage.byteLength);
    storage.freed = true;
    // While recorded commands still name it, their flush decides.
    if (storage.recorder === undefined || storage.pendingUses === 0) this.#executor.retire(storage);
  }

  /** After each command: a window that is full is flushed. */
  #recorded(): void {
    if (!this.#running && this.#recorder === this.#stream.window) this.#stream.flushIfFull();
  }

  /** A recorder beside the window, which is flushed: memory stands in the table of one at a time. */
  #recordApart(what: string): Recorder {
    this.#checkNotRecording(what);
    this.#stream.flush('window');
    return this.#newRecorder();
  }

  #recordInto<T>(recorder: Recorder, work: () => T): T {
    this.#recorder = recorder;
    try {
      return this.scope(work);
    } finally {
      this.#recorder = this.#stream.window;
    }
  }

  #newRecorder(): Recorder {
    return new Recorder(this, this.#backend, this.#variants, () => this.#emptyBuffer());
  }

  /** What is bound where a binding has no bytes. */
  #emptyBuffer(): Buffer {
    this.#empty ??= new Buffer(this, new Storage(16, 'empty'), 0, 16, 'empty');
    const { window } = this.#stream;
    // Unwritten again after a run that made it was taken back.
    if (this.#empty.storage.unwritten !== undefined) window.fill(this.#empty, 0, 'empty');
    if (this.#recorder !== window) this.#stream.flush('window');
    return this.#empty;
  }

  #lose(cause: WickError): void {
    this.#executor.lose(cause);
    this.#stream.dropDownloads(0, cause);
  }

  #checkOpen(): void {
    if (this.#executor.lost !== undefined) throw this.#executor.lost;
    if (this.#closing !== undefined) throw new WickError('INVALID_STATE', 'the device is being closed');
  }

  #checkNotRecording(what: string): void {
    this.#checkOpen();
    this.#checkRecording(what);
  }

  #checkRecording(what: string): void {
    if (this.#running || this.#recorder !== this.#stream.window) {
      throw new WickError('INVALID_STATE', `${what} cannot be called while a run is recorded`);
    }
  }

  #checkOwn(buffer: Buffer): void {
    this.#checkOpen();
    checkOwner(buffer, this);
  }
}
