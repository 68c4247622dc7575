/**
 * Implementations that small shapes do not choose. Dawn compiles all of them with every feature; where the
 * environment asks for it (WICK_VARIANTS=1; software takes minutes), the suite's cases run on them too.
 */

import { allCases } from '@wick/conformance';
import { suite } from '@wick/conformance/vitest';
import { type DType, type KernelConstants, kernels } from '@wick/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { create } from 'webgpu';
import { describeUnless } from '#shared';
import { sizeOf } from '../src/kernels/gemm/choice.js';
import { webGpuKernels } from '../src/kernels/index.js';
import { shaderModule } from '../src/wgsl/module.js';
import { forced, inBlocks, withTiles } from './helpers/forced.js';
import { noVulkan, onDawn } from './helpers/hosts.js';

interface Wanted {
  readonly kernel: keyof typeof kernels;
  readonly dtypes: Readonly<Record<string, DType>>;
  readonly specialization: string;
  readonly constants?: KernelConstants;
}

const floats = (dtype: DType, ...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, dtype]));

const VARIANTS: readonly Wanted[] = (['float32', 'float16'] as const).flatMap((dtype) => [
  ...['small', 'large', 'wide'].flatMap((size) =>
    [false, true].flatMap((transposeA) =>
      [false, true].flatMap((transposeB) =>
        ['8/8/8/deep', '4/4/4/', '1/1/1/'].map((alignment) => ({
          kernel: 'matmul' as const,
          dtypes: floats(dtype, 'a', 'b', 'bias', 'out'),
          constants: { transposeA, transposeB },
          specialization: `${size}/${alignment}`,
        })),
      ),
    ),
  ),
  ...['small', 'large'].flatMap((size) =>
    ['3/3/1110', '3/3/0000', '1/1/1111'].map((form) => ({
      kernel: 'conv2d' as const,
      dtypes: floats(dtype, 'x', 'weight', 'out'),
      specialization: `${size}/${form}`,
    })),
  ),
  ...['blocked/10/10/aligned', 'blocked/10/10/', 'tiled/20/20/aligned', 'few/16/16/aligned'].map(
    (specialization) => ({
      kernel: 'attention' as const,
      dtypes: floats(dtype, 'q', 'k', 'v', 'out'),
      constants: { causal: true },
      specialization,
    }),
  ),
  {
    kernel: 'softmax',
    dtypes: floats(dtype, 'x', 'out'),
    constants: { log: true },
    specialization: 'held/4',
  },
  { kernel: 'layerNorm', dtypes: floats(dtype, 'x', 'weight', 'bias', 'out'), specialization: 'held/4' },
]);

describe('every implementation', () => {
  let device: GPUDevice;
  const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);

  beforeAll(async () => {
    const adapter = await gpu.requestAdapter();
    if (adapter === null) throw new Error('the null backend has no adapter');
    const features = ['shader-f16', 'subgroups', 'chromium-experimental-subgroup-matrix'];
    device = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  });

  it.each(VARIANTS)('$kernel $specialization of $dtypes compiles', async (wanted) => {
    const contract = kernels[wanted.kernel];
    const kernel = webGpuKernels.get(contract.name);
    const variant = {
      dtypes: wanted.dtypes,
      constants: wanted.constants ?? {},
      specialization: wanted.specialization,
      features: {
        float16: true,
        subgroups: { min: 32, max: 32 },
        workgroupBytes: 49152,
        subgroupMatrices: true,
      },
    };
    expect(kernel).toBeDefined();
    if (kernel === undefined) return;
    const code = shaderModule(contract, variant, kernel.shader(variant));
    device.pushErrorScope('validation');
    const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
    expect(await device.popErrorScope()).toBeNull();
    expect(messages.filter(({ type }) => type === 'error')).toEqual([]);
  });
});

describe('the size of tiles', () => {
  it.each([
    [128, 128, 1, 'tiny'],
    [1024, 1024, 1, 'small'],
    [2048, 2048, 1, 'large'],
    [4096, 4096, 1, 'wide'],
    [2048, 2048, 3, 'wide'],
    // The last wide tile of each row would be half empty.
    [65536, 384, 1, 'large'],
    [undefined, 4096, 1, 'small'],
  ])('of %s x %s, %s times, is %s', (rows, columns, batch, size) => {
    expect(sizeOf(rows, columns, batch)).toBe(size);
  });
});

const unasked = process.env.WICK_VARIANTS === undefined ? 'WICK_VARIANTS is not set' : undefined;

describeUnless(noVulkan ?? unasked, 'the suite on forced implementations', () => {
  for (const size of ['small', 'large', 'wide'] as const) {
    const cases = allCases().filter(({ kernel }) => kernel === 'matmul' || kernel === 'conv2d');
    describe(`${size} tiles`, () => suite({ ...forced(onDawn(), withTiles(size)), cases }));
  }
  const cases = allCases().filter(({ kernel }) => kernel === 'attention');
  describe('blocks', () => suite({ ...forced(onDawn(), inBlocks), cases }));
});
