/** One layer by itself: on a device of Wick, and in ONNX Runtime's wasm provider. */

import type { Device } from '@wick/core';
import { compile, fromBytes, type Tensor } from '@wick/tensor';
import { dataOf } from '../webgpu/data.js';
import { onnxModel } from '../webgpu/onnx.js';
import type { OrtModule } from '../webgpu/ort.js';
import type { Layer } from './layers.js';
import { operationOf } from './operation.js';

/** Runs it once, to its end; resolves to the mean of its result. */
export interface Runner {
  run(): Promise<number>;
  close(): Promise<void>;
}

const dtype = 'float32';

export function wickRunner(device: Device, layer: Layer): Runner {
  const operation = operationOf(layer);
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, bytes } of dataOf({ dtype, ...operation }))
    tensors.set(name, fromBytes(device, bytes, shape, { dtype }).keep());
  const constant = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`no constant "${name}"`);
    return found;
  };
  const x = constant('x0');
  const compiled = compile(device, { x }, (given) => ({ out: operation.wick(given.x, constant).mean() }));
  return {
    async run() {
      const { out } = compiled.run({ x });
      const value = Number(await out.item());
      out.dispose();
      return value;
    },
    async close() {
      compiled.dispose();
      for (const tensor of tensors.values()) tensor.dispose();
    },
  };
}

export async function ortRunner(ort: OrtModule, layer: Layer): Promise<Runner> {
  const operation = operationOf(layer);
  const model = onnxModel({
    inputDType: dtype,
    constants: dataOf({ dtype, ...operation }).map((data) => ({ ...data, dtype })),
    nodes: [
      // Without an input nothing would be left to do at run time.
      { op: 'Add', inputs: ['x0', 's'], output: 'y' },
      ...operation.onnx('y', 'z'),
      { op: 'ReduceMean', inputs: ['z'], output: 'out', attributes: { keepdims: { int: 0 } } },
    ],
  });
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const zero = new ort.Tensor(dtype, new Float32Array(1), [1]);
  return {
    async run() {
      const { out } = await session.run({ s: zero });
      return Number(out.data[0]);
    },
    close: () => session.release(),
  };
}
