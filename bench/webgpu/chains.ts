/** The two sides of the comparison: a chain of operations that starts on the card and ends in one number. */

import type { Device } from '@wick/core';
import { compile, fromBytes, type Tensor } from '@wick/tensor';
import type { Data } from './data.js';
import { dataType, type OnnxNode, onnxModel } from './onnx.js';
import type { OrtModule } from './ort.js';
import type { Workload } from './workloads.js';

/** A chain that is ready to run: its data is on the card. */
export interface Chain {
  /** Runs it and gives the mean of the squares of what comes out. */
  run(): Promise<number>;
  close(): Promise<void>;
}

/** @param length operations of the chain */
export async function ortChain(
  ort: OrtModule,
  workload: Workload,
  data: readonly Data[],
  length: number,
): Promise<Chain> {
  const { dtype } = workload;
  const steps = Array.from({ length }, (_, i): OnnxNode | readonly OnnxNode[] =>
    workload.onnx(`y${i}`, `y${i + 1}`),
  ).flat();
  const model = onnxModel({
    inputDType: dtype,
    constants: data.map(({ name, shape, bytes }) => ({ name, dtype, shape, bytes })),
    nodes: [
      // Without an input nothing would be left to do at run time.
      { op: 'Add', inputs: ['x0', 's'], output: 'y0' },
      ...steps,
      {
        op: 'Cast',
        inputs: [`y${length}`],
        output: 'wide',
        attributes: { to: { int: dataType('float32') } },
      },
      { op: 'Mul', inputs: ['wide', 'wide'], output: 'squares' },
      { op: 'ReduceMean', inputs: ['squares'], output: 'out', attributes: { keepdims: { int: 0 } } },
    ],
  });
  const session = await ort.InferenceSession.create(model, { executionProviders: ['webgpu'] });
  const zero = new ort.Tensor(dtype, dtype === 'float16' ? new Uint16Array(1) : new Float32Array(1), [1]);
  return {
    async run() {
      const { out } = await session.run({ s: zero });
      return Number(out.data[0]);
    },
    close: () => session.release(),
  };
}

export function wickChain(device: Device, workload: Workload, data: readonly Data[], length: number): Chain {
  const { dtype } = workload;
  const tensors = new Map<string, Tensor>();
  for (const { name, shape, bytes } of data) {
    tensors.set(name, fromBytes(device, bytes, shape, { dtype, label: name }).keep());
  }
  const constant = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found === undefined) throw new Error(`the workload "${workload.name}" has no constant "${name}"`);
    return found;
  };
  const compiled = compile(device, { s: { shape: [1], dtype, host: true } }, ({ s }) => {
    let y = constant('x0').add(s);
    for (let i = 0; i < length; i++) y = workload.wick(y, constant);
    return { out: y.cast('float32').square().mean() };
  });
  const zero = dtype === 'float16' ? new Uint16Array(1) : new Float32Array(1);
  return {
    async run() {
      const { out } = compiled.run({ s: zero });
      const [value] = await out.data();
      out.dispose();
      return Number(value);
    },
    async close() {
      compiled.dispose();
      for (const tensor of tensors.values()) tensor.dispose();
      await device.idle();
    },
  };
}
