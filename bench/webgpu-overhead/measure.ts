/** The same dispatches three ways on one device: by hand, replayed by Wick, recorded and planned afresh by Wick. */

import { WebGpuBackend, webgpu } from '@wick/backend-webgpu';
import { type Backend, type BackendInfo, openDevice } from '@wick/core';
import { type Effort, median, repeat, rotated } from '../timing.js';
import { noteCalls } from './calls.js';
import { runLoop } from './loop.js';
import { BYTES, createWeights, recordChain } from './workload.js';

export interface Overhead {
  readonly name: string;
  readonly adapter: BackendInfo;
  readonly rounds: number;
  readonly submissions: number;
  /** Milliseconds: the fastest round, and the median. */
  readonly loop: Times;
  readonly replay: Times;
  readonly fresh: Times;
}

export interface Times {
  readonly fastest: number;
  readonly median: number;
}

export async function measureOverhead(
  name: string,
  dawnFlags: readonly string[],
  effort: Effort,
): Promise<Overhead> {
  const opened = await webgpu({ dawnFlags }).open();
  await using device = await openDevice({ name: 'webgpu', open: async () => opened });
  const handle = deviceOf(opened);
  const weights = createWeights(device);
  const x = device.createBuffer({ byteLength: BYTES, label: 'x' });
  device.fill(x, 0);
  await device.idle();
  using plan = device.compile({ x: BYTES }, (inputs) => ({ out: recordChain(device, weights, inputs.x) }));
  const replay = async () => {
    const begun = performance.now();
    const { out } = plan.run({ x });
    await device.idle();
    const time = performance.now() - begun;
    out.free();
    return time;
  };
  const fresh = async () => {
    const begun = performance.now();
    const out = device.run(() => recordChain(device, weights, x));
    await device.idle();
    const time = performance.now() - begun;
    out.free();
    return time;
  };
  await replay(); // compiles
  const calls = await noteCalls(handle, async () => void (await replay()));
  const rounds = await repeat(effort, async (turn) => {
    const times = { loop: 0, replay: 0, fresh: 0 };
    const ways = [
      async () => {
        times.loop = await runLoop(handle, calls);
      },
      async () => {
        times.replay = await replay();
      },
      async () => {
        times.fresh = await fresh();
      },
    ];
    for (const way of rotated(ways, turn)) await way();
    return times;
  });
  const times = (way: 'loop' | 'replay' | 'fresh'): Times => {
    const all = rounds.map((round) => round[way]);
    return { fastest: Math.min(...all), median: median(all) };
  };
  return {
    name,
    adapter: device.info,
    rounds: rounds.length,
    submissions: calls.length,
    loop: times('loop'),
    replay: times('replay'),
    fresh: times('fresh'),
  };
}

function deviceOf(backend: Backend): GPUDevice {
  if (backend instanceof WebGpuBackend) return backend.device;
  throw new Error('this is not the WebGPU backend');
}
