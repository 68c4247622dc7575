/** Functions of tensors that are recorded and planned once and replayed with other tensors. */

import {
  type Buffer,
  type CompiledPlan,
  type Device,
  DTYPE_BYTES,
  type DType,
  type Plan,
  type ReplayInput,
  WickError,
} from '@wick/core';
import { allocate } from './base.js';
import { isStored, type TensorValues } from './encode.js';
import { argumentError } from './fail.js';
import { SharedMemory } from './memory.js';
import { checkShape, formatShape, type Shape, sameShape, sizeOf } from './shape/shape.js';
import { Tensor } from './tensor.js';

/** What an input of a compiled function looks like; a tensor is one. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * An input of a compiled function: a tensor like this one, or with `host` the elements themselves, which
 * every replay uploads as part of the plan (small things that change each time, such as a token id).
 */
export interface InputSpec extends TensorSpec {
  readonly host?: boolean;
}

/** What a replay supplies: a tensor, or the elements of a `host` input, float16 as bits in a Uint16Array. */
export type InputValue = Tensor | TensorValues | Uint16Array;

type Tensors<K extends string> = Readonly<Record<K, Tensor>>;

/** Options of `compile`. */
export interface CompileOptions {
  /** Shown in traces and errors. Default: `compiled`. */
  readonly label?: string;
}

/** A compiled function. It holds memory for its temporaries until it is disposed. */
export class Compiled<I extends string, O extends string> implements Disposable {
  /** @internal */
  constructor(
    private readonly device: Device,
    private readonly compiled: CompiledPlan<Readonly<Record<O, Buffer>>>,
    private readonly inputs: Readonly<Record<I, InputSpec>>,
    private readonly outputs: Readonly<Record<O, TensorSpec & { readonly label: string }>>,
  ) {}

  /** The plan, for its figures. */
  get plan(): Plan {
    return this.compiled.plan;
  }

  /**
   * Replays the function: nothing is recorded or planned. The results are new tensors of the innermost
   * scope.
   *
   * @param inputs a tensor for every input, or its elements where it was declared with `host`
   * @param values a value for every replay parameter that was recorded, by name
   * @throws WickError `REPLAY_STALE` naming the input that is missing, disposed, on another device, of another
   * shape or dtype, or a tensor that the function used and that is disposed now; `INVALID_ARGUMENT` for
   * a missing or unusable value
   */
  run(inputs: Readonly<Record<I, InputValue>>, values: Readonly<Record<string, number>> = {}): Tensors<O> {
    const buffers: Record<string, ReplayInput> = {};
    for (const name of namesOf(this.inputs)) {
      buffers[name] = replayInput(name, inputs[name], this.inputs[name]);
    }
    const results = this.compiled.run(buffers, values);
    const entries = namesOf(this.outputs).map((name) => {
      const { shape, dtype, label } = this.outputs[name];
      const buffer = results[name];
      this.device.untrack(buffer);
      const memory = new SharedMemory(buffer);
      return [name, new Tensor({ device: this.device, memory, buffer, shape, dtype, label })] as const;
    });
    return Object.fromEntries(entries) as Tensors<O>;
  }

  /** Gives the memory of its temporaries back after the last replay. */
  dispose(): void {
    this.compiled.free();
  }

  [Symbol.dispose](): void {
    this.compiled.free();
  }
}

function namesOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[];
}

/** Checks what a replay was given for an input: `REPLAY_STALE` unless it is like the one compiled for. */
function replayInput(name: string, given: InputValue | undefined, wanted: InputSpec): ReplayInput {
  const { shape, dtype, host = false } = wanted;
  if (given instanceof Tensor) {
    if (!host && !given.disposed && given.dtype === dtype && sameShape(given.shape, shape))
      return given.buffer;
  } else if (given !== undefined && host && isStored(given, dtype) && given.length === sizeOf(shape)) {
    return given;
  }
  const found = given instanceof Tensor ? describeTensor(given) : describeArray(given);
  const expected = `${host ? 'an array of the elements of ' : ''}${dtype} ${formatShape(shape)}`;
  throw new WickError('REPLAY_STALE', `input "${name}" is ${found}, but was compiled as ${expected}`, {
    label: name,
  });
}

function describeTensor(given: Tensor): string {
  return given.disposed ? 'disposed' : `${given.dtype} ${formatShape(given.shape)}`;
}

function describeArray(given: Exclude<InputValue, Tensor> | undefined): string {
  return given === undefined ? 'missing' : `${given.constructor.name} of ${given.length}`;
}

function checkResults(label: string, results: unknown): Readonly<Record<string, Tensor>> {
  if (results instanceof Promise) {
    results.catch(() => {});
    throw argumentError(label, 'compile takes a synchronous function');
  }
  const entries = typeof results === 'object' && results !== null ? Object.entries(results) : [];
  const wrong = entries.find(([, result]) => !(result instanceof Tensor));
  if (wrong !== undefined) throw argumentError(label, `the output "${wrong[0]}" is no tensor`);
  if (entries.length === 0) throw argumentError(label, 'the function returned no tensors by name');
  return Object.fromEntries(entries);
}

/** A buffer of its own for an output: the tensor's, if the function made it and gives it out once. */
function ownBuffer(device: Device, result: Tensor, since: number, taken: Set<SharedMemory>): Buffer {
  const memory = result.wholeMemory;
  if (memory !== undefined && memory.serial > since && !taken.has(memory)) {
    taken.add(memory);
    // The plan frees it; the tensor, which the scope disposes first, must not.
    return memory.retain().buffer;
  }
  const { buffer } = allocate(device, result.shape, result.dtype, result.label);
  device.copy(result.buffer, buffer);
  return buffer;
}

/**
 * Records `fn` once, with stand-ins for its inputs, and keeps the plan. Tensors that `fn` uses and did not
 * make (weights) are bound for good. Scalars that differ between replays are `ReplayParam`s, which
 * `attention`, `writeRows` and the operations with scalars take.
 *
 * @param inputs shapes and dtypes by name; tensors serve as examples
 * @param fn synchronous; returns tensors by name
 * @throws WickError `INVALID_ARGUMENT` if `fn` is asynchronous or returns something else, `INVALID_STATE`
 * if it reads; whatever `fn` throws
 */
export function compile<I extends string, O extends string>(
  device: Device,
  inputs: Readonly<Record<I, InputSpec>>,
  fn: (inputs: Tensors<I>) => Tensors<O>,
  options: CompileOptions = {},
): Compiled<I, O> {
  const { label = 'compiled' } = options;
  const names = namesOf(inputs);
  const specs = {} as Record<I, InputSpec>;
  const sizes: Record<string, number | { readonly host: number }> = {};
  for (const name of names) {
    const { shape, dtype, host = false } = inputs[name];
    checkShape(label, shape);
    specs[name] = { shape: [...shape], dtype, host };
    const byteLength = sizeOf(shape) * DTYPE_BYTES[dtype];
    sizes[name] = host ? { host: byteLength } : byteLength;
  }
  const outputs = {} as Record<O, TensorSpec & { label: string }>;
  const record = (buffers: Readonly<Record<string, Buffer>>): Readonly<Record<O, Buffer>> => {
    const standIn = (name: I): Tensor => {
      const buffer = buffers[name];
      // One share is kept back: the memory of a stand-in is not for tensors to free.
      const memory = new SharedMemory(buffer).retain();
      const { shape, dtype } = specs[name];
      return new Tensor({ device, memory, buffer, shape, dtype, label: name });
    };
    const given = Object.fromEntries(names.map((name) => [name, standIn(name)])) as Tensors<I>;
    const since = SharedMemory.lastSerial;
    const results: unknown = fn(given);
    const found = checkResults(label, results);
    const taken = new Set<SharedMemory>();
    const own = {} as Record<O, Buffer>;
    for (const [name, result] of Object.entries(found)) {
      outputs[name as O] = { shape: result.shape, dtype: result.dtype, label: result.label };
      own[name as O] = ownBuffer(device, result, since, taken);
    }
    return own;
  };
  return new Compiled(device, device.compile(sizes, record, { label }), specs, outputs);
}
