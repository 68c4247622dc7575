/** Puts a graph to a device. */

import { type Buffer, type Device, kernels, WickError } from '@wick/core';
import { type Graph, isLegal, type Op, type Span } from './graph.js';
import { initialWords, type Outcome, uploadedWords } from './interpret.js';
import { type GraphKernel, graphKernels, type mix } from './kernels.js';

export interface PerformOptions {
  /** Bytes of a block; views begin at multiples of it. */
  readonly blockBytes: number;
}

/** The size of a block on this device: the smallest that any view may have. */
export function blockBytesOf({ limits }: Device): number {
  return Math.max(limits.bindingAlignment, limits.transferAlignment, 16);
}

/** Runs a graph from fresh buffers, reads all of them at the end and frees them. */
export async function perform(device: Device, graph: Graph, options: PerformOptions): Promise<Outcome> {
  const { reads, buffers } = await performSettled(device, graph, options);
  return { reads: reads.map(wordsOrThrow), buffers: buffers.map(wordsOrThrow) };
}

/** What a read came to. */
export type Settled = PromiseSettledResult<Uint32Array>;

/** The same on a device that may fail: says of each read how it ended. Fails where recording does. */
export async function performSettled(
  device: Device,
  graph: Graph,
  options: PerformOptions,
): Promise<{ readonly reads: Settled[]; readonly buffers: Settled[] }> {
  const performance = new GraphRun(device, graph, options);
  try {
    return await performance.run();
  } finally {
    performance.free();
  }
}

function wordsOrThrow(settled: Settled): Uint32Array {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

const ABORT = Symbol('abort');

class GraphRun {
  readonly #bytes: number;
  #buffers: Buffer[] = [];
  readonly #reads: Promise<Uint8Array>[] = [];
  readonly #cancelled: Promise<unknown>[] = [];
  #place: 'top' | 'run' | 'aborting' = 'top';

  constructor(
    private readonly device: Device,
    private readonly graph: Graph,
    private readonly options: PerformOptions,
  ) {
    this.#bytes = graph.blocks * options.blockBytes;
  }

  async run(): Promise<{ readonly reads: Settled[]; readonly buffers: Settled[] }> {
    const { device, graph } = this;
    for (let i = 0; i < graph.buffers; i++) {
      const buffer = this.#create(i);
      this.#buffers.push(buffer);
      device.write(buffer, initialWords(this.#bytes / 4, i));
    }
    for (const op of graph.ops) {
      if (op.op === 'settle') await device.idle();
      else this.#record(op);
    }
    const last = this.#buffers.map((buffer) => wordsOf(device.read(buffer)));
    const [reads, buffers] = await Promise.all([
      Promise.allSettled(this.#reads.map(wordsOf)),
      Promise.allSettled(last),
    ]);
    for (const read of await Promise.all(this.#cancelled)) {
      if (!(read instanceof WickError) || read.code !== 'CANCELLED') {
        throw new Error('a read of an aborted run was answered');
      }
    }
    return { reads, buffers };
  }

  free(): void {
    for (const buffer of this.#buffers) buffer[Symbol.dispose]();
  }

  #record(op: Op): void {
    const { device } = this;
    if (!isLegal(op)) return;
    switch (op.op) {
      case 'read':
        this.#read(op.from);
        break;
      case 'renew':
        if (this.#place !== 'aborting') this.#renew(op);
        break;
      case 'run':
        this.#run(op);
        break;
      case 'flush':
        if (this.#place === 'top') device.flush();
        break;
      case 'settle':
        break;
      default:
        recordOp(device, op, this.#buffers, this.options.blockBytes);
    }
  }

  #read(from: Span): void {
    const read = this.device.read(this.#view(from));
    if (this.#place === 'aborting') this.#cancelled.push(read.catch((thrown: unknown) => thrown));
    else {
      read.catch(() => {});
      this.#reads.push(read);
    }
  }

  #renew({ buffer, by, salt }: Op & { op: 'renew' }): void {
    const { device } = this;
    const old = this.#buffers[buffer];
    const fresh = this.#create(buffer);
    this.#buffers[buffer] = fresh;
    if (by === 'fill') device.fill(fresh, salt);
    else if (by === 'upload') device.write(fresh, uploadedWords(this.#bytes / 4, salt));
    else recordDispatch(device, 'mix', [old, fresh], salt);
    old.free();
  }

  #run({ body, abort }: Op & { op: 'run' }): void {
    const outer = this.#place;
    if (outer === 'top') this.#place = abort ? 'aborting' : 'run';
    try {
      this.device.run(() => {
        for (const op of body) this.#record(op);
        if (outer === 'top' && abort) throw ABORT;
        // What the run returns outlives it.
        return this.#buffers;
      });
    } catch (thrown) {
      if (thrown !== ABORT) throw thrown;
    } finally {
      this.#place = outer;
    }
  }

  #create(i: number): Buffer {
    return this.device.createBuffer({ byteLength: this.#bytes, label: `buffer ${i}` });
  }

  #view(span: Span): Buffer {
    return viewOf(this.#buffers, span, this.options.blockBytes);
  }
}

/** The view of a buffer that a span stands for. */
export function viewOf(
  buffers: readonly Buffer[],
  { buffer, at, length }: Span,
  blockBytes: number,
  label?: string,
): Buffer {
  return buffers[buffer].view(at * blockBytes, length * blockBytes, label);
}

/** The ops that are one command each. */
export type CommandOp = Extract<Op, { op: 'dispatch' | 'sum' | 'copy' | 'fill' | 'upload' }>;

const COMMANDS: ReadonlySet<string> = new Set([
  'dispatch',
  'sum',
  'copy',
  'fill',
  'upload',
] satisfies CommandOp['op'][]);

export function isCommand(op: Op): op is CommandOp {
  return COMMANDS.has(op.op);
}

/** Records one command, under `label` where one is given. */
export function recordOp(
  device: Device,
  op: CommandOp,
  buffers: readonly Buffer[],
  blockBytes: number,
  label?: string,
): void {
  const view = (span: Span) => viewOf(buffers, span, blockBytes);
  switch (op.op) {
    case 'dispatch':
      recordDispatch(device, op.kernel, op.spans.map(view), op.salt, label);
      break;
    case 'sum':
      recordSum(device, view(op.a), view(op.b), view(op.to), label);
      break;
    case 'copy':
      device.copy(view(op.from), view(op.to), label);
      break;
    case 'fill':
      device.fill(view(op.to), op.value, label);
      break;
    case 'upload': {
      const to = view(op.to);
      const words = uploadedWords(to.byteLength / 4, op.salt);
      device.write(to, words, label === undefined ? {} : { label });
      break;
    }
    default:
      op satisfies never;
  }
}

/** Records one of the graph kernels with buffers in the order of its bindings. */
export function recordDispatch(
  device: Device,
  name: GraphKernel,
  buffers: readonly Buffer[],
  salt: number,
  label: string = name,
): void {
  const kernel: typeof mix = graphKernels[name];
  const bindings = Object.fromEntries(kernel.bindings.map((binding, i) => [binding.name, buffers[i]]));
  device.dispatch(kernel, { bindings, params: { salt }, grid: [buffers[0].byteLength / 4, 1, 1], label });
}

/** Records out = a + b of int32 with the catalogue's own kernel. */
export function recordSum(device: Device, a: Buffer, b: Buffer, out: Buffer, label = 'sum'): void {
  const dtype = 'int32';
  const size = out.byteLength / 4;
  device.dispatch(kernels.binary, {
    bindings: { a: { buffer: a, dtype }, b: { buffer: b, dtype }, out: { buffer: out, dtype } },
    params: { size, shape: [], aStrides: [], bStrides: [] },
    constants: { op: 'add', layout: 'contiguous' },
    grid: [size, 1, 1],
    label,
  });
}

/** The words that a read gives. */
export async function wordsOf(read: Promise<Uint8Array>): Promise<Uint32Array> {
  const { buffer, byteOffset, byteLength } = await read;
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
