/** Counts the WebGPU calls of a backend, through a `GPU` that passes everything on. */

import { create } from 'webgpu';

/** Calls by name of the method, since they were last cleared. */
export type Calls = Map<string, number>;

const COUNTED = [
  'createBuffer',
  'createBindGroup',
  'createBindGroupLayout',
  'createCommandEncoder',
  'createComputePipelineAsync',
  'createShaderModule',
  'beginComputePass',
  'setPipeline',
  'setBindGroup',
  'dispatchWorkgroups',
  'copyBufferToBuffer',
  'clearBuffer',
  'writeBuffer',
  'submit',
] as const;

/** Dawn that validates and computes nothing, and the calls that it received. */
export function countingGpu(): { readonly gpu: GPU; readonly calls: Calls } {
  const calls: Calls = new Map();
  const gpu = create(['backend=null']);
  const requestAdapter = gpu.requestAdapter.bind(gpu);
  gpu.requestAdapter = async (options) => {
    const adapter = await requestAdapter(options);
    if (adapter === null) return null;
    const requestDevice = adapter.requestDevice.bind(adapter);
    adapter.requestDevice = async (descriptor) => {
      const device = await requestDevice(descriptor);
      count(device, calls);
      count(device.queue, calls);
      return device;
    };
    return adapter;
  };
  return { gpu, calls };
}

/** Counts the calls of one object, and of the encoders that it makes. */
function count<T extends object>(target: T, calls: Calls): T {
  for (const name of COUNTED) {
    const method: unknown = Reflect.get(target, name);
    if (typeof method !== 'function') continue;
    const counted = (...args: unknown[]) => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const result: unknown = Reflect.apply(method, target, args);
      const makesEncoder = name === 'createCommandEncoder' || name === 'beginComputePass';
      return makesEncoder ? count(result as object, calls) : result;
    };
    Object.defineProperty(target, name, { value: counted });
  }
  return target;
}
