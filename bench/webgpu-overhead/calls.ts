/**
 * The calls of WebGPU that one replay makes, noted while it runs: the pipelines, bind groups, offsets and
 * workgroups that the hand-written loop then uses too.
 */

export interface DispatchCall {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly offsets: number[];
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** What stands in one command buffer, and what the queue writes before it. */
export interface CommandBufferCalls {
  readonly writes: {
    readonly buffer: GPUBuffer;
    readonly offset: number;
    readonly bytes: Uint8Array<ArrayBuffer>;
  }[];
  readonly passes: DispatchCall[][];
}

/** Runs `work` and returns the calls that it made on `device`. Copies and fills are refused: the work has none. */
export async function noteCalls(device: GPUDevice, work: () => Promise<void>): Promise<CommandBufferCalls[]> {
  const noted: CommandBufferCalls[] = [];
  let open: CommandBufferCalls = { writes: [], passes: [] };
  const { queue } = device;
  const { writeBuffer } = queue;
  queue.writeBuffer = (buffer, offset, data, from, size) => {
    open.writes.push({ buffer, offset, bytes: bytesOf(data, from, size) });
    Reflect.apply(writeBuffer, queue, [buffer, offset, data, from, size]);
  };
  const createCommandEncoder = device.createCommandEncoder.bind(device);
  device.createCommandEncoder = (descriptor) => {
    const encoder = createCommandEncoder(descriptor);
    const beginComputePass = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass) => notePass(beginComputePass(pass), open);
    encoder.copyBufferToBuffer = refuse;
    encoder.clearBuffer = refuse;
    return encoder;
  };
  const submit = queue.submit.bind(queue);
  queue.submit = (buffers) => {
    noted.push(open);
    open = { writes: [], passes: [] };
    submit(buffers);
  };
  try {
    await work();
  } finally {
    // The methods themselves stand on the prototypes.
    Reflect.deleteProperty(queue, 'writeBuffer');
    Reflect.deleteProperty(queue, 'submit');
    Reflect.deleteProperty(device, 'createCommandEncoder');
  }
  return noted;
}

function notePass(pass: GPUComputePassEncoder, { passes }: CommandBufferCalls): GPUComputePassEncoder {
  const calls: DispatchCall[] = [];
  passes.push(calls);
  let pipeline: GPUComputePipeline | undefined;
  let group: GPUBindGroup | undefined;
  let offsets: number[] = [];
  const setPipeline = pass.setPipeline.bind(pass);
  pass.setPipeline = (wanted) => {
    pipeline = wanted;
    setPipeline(wanted);
  };
  const { setBindGroup } = pass;
  pass.setBindGroup = (
    index: number,
    wanted: GPUBindGroup | null | undefined,
    dynamic?: Iterable<number>,
  ) => {
    group = wanted ?? undefined;
    offsets = [...(dynamic ?? [])];
    Reflect.apply(setBindGroup, pass, [index, wanted, offsets]);
  };
  const dispatchWorkgroups = pass.dispatchWorkgroups.bind(pass);
  pass.dispatchWorkgroups = (x, y = 1, z = 1) => {
    if (pipeline === undefined || group === undefined)
      throw new Error('a dispatch without pipeline or bind group');
    calls.push({ pipeline, group, offsets, x, y, z });
    dispatchWorkgroups(x, y, z);
  };
  return pass;
}

/** A copy of what `writeBuffer` is given; `from` and `size` count elements of a typed array. */
function bytesOf(data: unknown, from = 0, size?: number): Uint8Array<ArrayBuffer> {
  if (!(data instanceof Uint8Array)) throw new Error('the parameters are written as bytes');
  return Uint8Array.from(data.subarray(from, size === undefined ? undefined : from + size));
}

function refuse(): never {
  throw new Error('the measured work is dispatches only');
}
