/**
 * What encoding costs: a submission of 2,000 dispatches in one native call, against the same addon driven
 * one call for each method of Metal. Nothing is executed, so on softmetal too only encoding is measured;
 * the figures are of this machine and this Metal, and only their ratio means something.
 */

import { createRequire } from 'node:module';
import { MetalBackend } from '@wick/backend-metal';
import { defineKernel, type MemoryEntry, type Step, type Submission } from '@wick/core';

const DISPATCHES = 2000;
/** Dispatches between two barriers. */
const EPOCH = 8;
const ROUNDS = 15;
const BYTES = 4096;

const MSL = `#include <metal_stdlib>
using namespace metal;
struct Params { uint size; float amount; };
kernel void increase(device const float *x [[buffer(0)]],
                     device float *out [[buffer(1)]],
                     constant Params &params [[buffer(2)]],
                     uint i [[thread_position_in_grid]]) {
  if (i < params.size) out[i] = x[i] + params.amount;
}
`;
const increase = defineKernel({
  name: 'bench.increase',
  bindings: { x: 'read', out: 'write' },
  params: { size: 'u32', amount: 'f32' },
  sources: { metal: { msl: MSL, entryPoint: 'increase' } },
});

/** The part of the benchmark's addon that is used here. */
interface CallEncoder {
  begin(): void;
  signpost(label: number): void;
  setPipeline(pipeline: number): void;
  setBuffers(pairs: Float64Array): void;
  setBytes(bytes: Uint8Array, index: number): void;
  dispatch(x: number, y: number, z: number): void;
  barrier(allocation: number): void;
  end(): void;
  commit(): void;
  wait(): void;
}
type Device = InstanceType<Parameters<typeof MetalBackend.open>[0]>;
interface BenchAddon {
  readonly Device: Parameters<typeof MetalBackend.open>[0];
  readonly CallEncoder: new (device: Device, labels: readonly string[]) => CallEncoder;
}

const labels = Array.from({ length: DISPATCHES }, (_, i) => `command ${i}`);

/** Milliseconds of one submission in one call, for each round. */
async function packed({ Device }: BenchAddon): Promise<number[]> {
  const backend = await MetalBackend.open(Device, {});
  const pipeline = await backend.prepare({
    key: 'increase',
    kernel: increase,
    constants: {},
    dtypes: ['float32', 'float32'],
    specialization: '',
  });
  const memory: MemoryEntry[] = [];
  for (let i = 0; i < 2; i++) memory.push({ allocation: await backend.allocate(BYTES * EPOCH), offset: 0 });
  const steps: Step[] = [{ op: 'beginPass', kind: 'compute', pass: 0, label: 'pass', waits: [] }];
  for (let i = 0; i < DISPATCHES; i++) {
    const epoch = Math.floor(i / EPOCH);
    if (i > 0 && i % EPOCH === 0) steps.push({ op: 'barrier', memory: [(epoch + 1) % 2] });
    const range = (index: number) => ({ memory: index, offset: (i % EPOCH) * BYTES, byteLength: BYTES });
    steps.push({
      op: 'dispatch',
      command: i,
      label: labels[i],
      pipeline,
      bindings: [range(epoch % 2), range((epoch + 1) % 2)],
      params: { offset: 16 * i, byteLength: 16 },
      grid: [BYTES / 4, 1, 1],
    });
  }
  steps.push({ op: 'endPass' });
  const params = new Uint8Array(16 * DISPATCHES);
  const times: number[] = [];
  for (let serial = 1; serial <= ROUNDS; serial++) {
    const submission: Submission = {
      serial,
      label: 'bench',
      steps,
      memory,
      params,
      uploads: [],
      downloads: [],
      waits: [],
    };
    const begun = performance.now();
    const done = backend.submit(submission);
    times.push(performance.now() - begun);
    const completion = await done;
    if (!completion.ok) throw completion.error;
  }
  backend.destroy();
  return times;
}

/** The same command buffer, one call for each method. */
async function oneCallEach({ Device, CallEncoder }: BenchAddon): Promise<number[]> {
  const device = new Device({ tracked: false }, new Uint32Array(16), () => {});
  const library = await device.compile(MSL, 'bench');
  const made = await device.pipeline(library, {
    entry: 'increase',
    label: 'increase',
    threads: [64, 1, 1],
    constants: [],
  });
  const allocations = [device.allocate(BYTES * EPOCH), device.allocate(BYTES * EPOCH)];
  const encoder = new CallEncoder(device, labels);
  const params = new Uint8Array(16 * DISPATCHES);
  const pairs = new Float64Array(4);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begun = performance.now();
    encoder.begin();
    for (let i = 0; i < DISPATCHES; i++) {
      const epoch = Math.floor(i / EPOCH);
      if (i > 0 && i % EPOCH === 0) encoder.barrier(allocations[(epoch + 1) % 2]);
      encoder.signpost(i);
      if (i === 0) encoder.setPipeline(made.number);
      const offset = (i % EPOCH) * BYTES;
      pairs[0] = allocations[epoch % 2];
      pairs[1] = offset;
      pairs[2] = allocations[(epoch + 1) % 2];
      pairs[3] = offset;
      encoder.setBuffers(pairs);
      encoder.setBytes(params.subarray(16 * i, 16 * i + 16), 2);
      encoder.dispatch(16, 1, 1);
    }
    encoder.end();
    encoder.commit();
    times.push(performance.now() - begun);
    encoder.wait();
  }
  device.close();
  return times;
}

/** Of the rounds after the first, which packs and warms up. */
function median(times: readonly number[]): number {
  const sorted = times.slice(1).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const addon = createRequire(import.meta.url)(process.argv[2]) as BenchAddon;
const one = median(await packed(addon));
const each = median(await oneCallEach(addon));
const micros = (milliseconds: number) => ((1000 * milliseconds) / DISPATCHES).toFixed(2);
console.log(
  `${DISPATCHES} dispatches, ${Math.ceil(DISPATCHES / EPOCH) - 1} barriers, median of ${ROUNDS - 1} rounds`,
);
console.log(`one call for the submission:   ${one.toFixed(3)} ms, ${micros(one)} us a dispatch`);
console.log(`one call for each method:      ${each.toFixed(3)} ms, ${micros(each)} us a dispatch`);
console.log(`ratio:                         ${(each / one).toFixed(1)}`);
process.exit(0);
