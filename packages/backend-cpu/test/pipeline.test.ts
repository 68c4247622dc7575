import { type DType, defineKernel, type KernelConstants, type KernelContract, kernels } from '@wick/core';
import { describe, expect, test } from 'vitest';
import { CpuBackend } from '../src/backend.js';
import { cpuKernels } from '../src/kernels/index.js';
import { Recording } from './submissions.js';

function prepare(
  kernel: KernelContract,
  dtypes: readonly (DType | undefined)[],
  constants: KernelConstants = {},
) {
  return new CpuBackend().prepare({ key: 'the key', kernel, constants, dtypes, specialization: undefined });
}

/** What an unsupported variant throws, with its message. */
function refusal(...request: Parameters<typeof prepare>): string {
  try {
    prepare(...request);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'KERNEL_UNSUPPORTED' });
    return String(thrown);
  }
  throw new Error('it was prepared');
}

describe('prepare', () => {
  test('knows the whole catalogue', () => {
    const names = Object.values<KernelContract>(kernels).map((kernel) => kernel.name);
    expect([...cpuKernels.keys()].sort()).toEqual(names.sort());
  });

  test('gives a pipeline that carries the key', () => {
    const dtypes = ['float16', 'float32', undefined, 'float32'] as const;
    const constants = { transposeA: false, transposeB: true };
    expect(prepare(kernels.matmul, dtypes, constants).label).toBe('the key');
  });

  test('refuses dtypes that the contract does not take', () => {
    const embedding = kernels.quantizedEmbedding;
    const message = refusal(embedding, ['uint8', 'float32', 'float32'], { format: 'Q8_0' });
    expect(message).toContain('quantized_embedding');
    expect(message).toContain('float32');
    expect(message).toContain('cpu');
    refusal(embedding, ['uint8', undefined, 'float32'], { format: 'Q8_0' });
    refusal(embedding, ['uint8', 'int32'], { format: 'Q8_0' });
  });

  test('refuses constants that the contract does not have', () => {
    refusal(kernels.dequantize, ['uint8', 'float32'], { format: 'Q2_K' });
    refusal(kernels.dequantize, ['uint8', 'float32'], {});
    refusal(kernels.dequantize, ['uint8', 'float32'], { format: 'Q8_0', speed: 'high' });
  });

  test('refuses what only the kernel knows to make no sense', () => {
    refusal(kernels.unary, ['bool', 'bool'], { op: 'sin' });
  });

  test('refuses a user kernel without a reference, also under the name of a built-in one', () => {
    const sources = { webgpu: { wgsl: '' } };
    const bindings = { x: 'read', out: 'write' } as const;
    refusal(defineKernel({ name: 'mine.fast', bindings, sources }), ['float32', 'float32']);
    refusal(defineKernel({ name: 'cast', bindings, sources }), ['float32', 'float32']);
  });
});

test('a user kernel runs its reference over the whole grid', async () => {
  const backend = new CpuBackend();
  const kernel = defineKernel({
    name: 'mine.axpy',
    bindings: { x: 'read', y: { access: 'readWrite', dtypes: ['float16'] } },
    params: { a: 'f32' },
    constants: { sign: [1, -1] },
    reference({ bindings, params, constants }) {
      bindings.y.forEach((value, i) => {
        bindings.y[i] = value + Number(constants.sign) * params.a * bindings.x[i];
      });
    },
  });
  const recording = new Recording(backend);
  const [x, y] = [backend.allocate(16), backend.allocate(16)];
  recording.upload(recording.range(x, 0, 8), Float32Array.of(1, 2));
  recording.upload(recording.range(y, 0, 4), Uint16Array.of(0x3c00, 0x4000));
  recording.dispatch(
    'axpy',
    kernel,
    [recording.range(x, 0, 8), recording.range(y, 0, 4)],
    { a: 0.5 },
    { sign: -1 },
  );
  expect(await recording.submit(1)).toEqual({ ok: true });
  expect(Array.from(new Uint16Array(y.buffer, 0, 2))).toEqual([0x3800, 0x3c00]); // 0.5, 1
});
