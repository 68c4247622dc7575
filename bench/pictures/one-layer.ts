/** One layer by itself: on a device of Wick, and in ONNX Runtime. */

import type { Device } from '@wick/core';
import { compile, conv2d, matmul, type Tensor, tensor } from '@wick/tensor';
import { Random } from '../judge/random.js';
import { type OnnxNode, onnxModel } from '../webgpu/onnx.js';
import type { OrtModule } from '../webgpu/ort.js';
import type { Layer } from './layers.js';

/** Runs it once, to its end; resolves to the mean of its result. */
export interface Runner {
  run(): Promise<number>;
  close(): Promise<void>;
}

/** The two inputs of a layer, the second one its weights. */
function inputsOf(
  layer: Layer,
): readonly { readonly shape: readonly number[]; readonly values: Float32Array }[] {
  const shapes =
    layer.kind === 'conv2d'
      ? [layer.shape, layer.weight]
      : [
          [layer.batch, layer.m, layer.k],
          [layer.batch, layer.k, layer.n],
        ];
  const random = new Random(7);
  return shapes.map((shape) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return { shape, values: Float32Array.from({ length: size }, () => random.next() - 0.5) };
  });
}

export function wickRunner(device: Device, layer: Layer): Runner {
  const [x, weight] = inputsOf(layer).map(({ shape, values }) => tensor(device, values, shape).keep());
  const apply = (input: Tensor): Tensor =>
    layer.kind === 'matmul'
      ? matmul(input, weight)
      : conv2d(input, weight, { stride: layer.stride, padding: layer.padding, groups: layer.groups });
  const compiled = compile(device, { x }, (given) => ({ out: apply(given.x).mean() }));
  return {
    async run() {
      const { out } = compiled.run({ x });
      const value = Number(await out.item());
      out.dispose();
      return value;
    },
    async close() {
      compiled.dispose();
      x.dispose();
      weight.dispose();
    },
  };
}

export async function ortRunner(ort: OrtModule, layer: Layer): Promise<Runner> {
  const constants = inputsOf(layer).map(({ shape, values }, i) => ({
    name: i === 0 ? 'x' : 'w',
    dtype: 'float32' as const,
    shape,
    bytes: new Uint8Array(values.buffer),
  }));
  const work: OnnxNode =
    layer.kind === 'matmul'
      ? { op: 'MatMul', inputs: ['y', 'w'], output: 'z' }
      : {
          op: 'Conv',
          inputs: ['y', 'w'],
          output: 'z',
          attributes: {
            strides: { ints: [layer.stride, layer.stride] },
            pads: { ints: new Array<number>(4).fill(layer.padding) },
            group: { int: layer.groups },
          },
        };
  const model = onnxModel({
    inputDType: 'float32',
    constants,
    nodes: [
      // Without an input nothing would be left to do at run time.
      { op: 'Add', inputs: ['x', 's'], output: 'y' },
      work,
      { op: 'ReduceMean', inputs: ['z'], output: 'out', attributes: { keepdims: { int: 0 } } },
    ],
  });
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const zero = new ort.Tensor('float32', new Float32Array(1), [1]);
  return {
    async run() {
      const { out } = await session.run({ s: zero });
      return Number(out.data[0]);
    },
    close: () => session.release(),
  };
}
