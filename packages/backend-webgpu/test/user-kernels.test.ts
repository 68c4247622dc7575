import {
  type Device,
  type DType,
  defineKernel,
  type KernelDefinition,
  openDevice,
  type ParamSpec,
} from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { noVulkan, onDawn, onNull } from './helpers/hosts.js';
import { scale } from './helpers/kernels.js';

const SOURCE = scale.sources?.webgpu?.wgsl ?? '';

/** Declares a kernel of one input and one output, and dispatches it once. */
async function run(
  device: Device,
  wgsl: string,
  declared: Partial<KernelDefinition<ParamSpec>> = {},
  dtype: DType = 'float32',
): Promise<void> {
  const kernel = defineKernel({
    name: 'test.declared',
    bindings: { x: { access: 'read', dtypes: [dtype] }, out: 'write' },
    params: { size: 'u32', factor: 'f32', add: 'f32' },
    ...declared,
    sources: { webgpu: { wgsl, ...declared.sources?.webgpu } },
  });
  const [x, out] = [device.createBuffer({ byteLength: 256 }), device.createBuffer({ byteLength: 256 })];
  device.fill(x);
  const params = Object.fromEntries(kernel.params.fields.map(({ name }) => [name, 1]));
  device.dispatch(kernel, {
    bindings: { x: { buffer: x, dtype }, out },
    params,
    constants: { ...Object.fromEntries(Object.keys(kernel.constants).map((name) => [name, 3])) },
    grid: [64, 1, 1],
  });
  await device.idle();
}

describe('a shader that does not fit its declaration', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(onNull());
  });
  afterAll(() => device.close());

  const failed = { code: 'KERNEL_COMPILE_FAILED' };

  it('is the only one that is refused', async () => {
    await expect(run(device, SOURCE)).resolves.toBeUndefined();
  });

  it.each([
    ['does not compile', SOURCE.replace('out[id.x] =', 'out[id.x] +* '), /line 8/],
    [
      'writes what is declared as read',
      SOURCE.replace('var<storage, read> x', 'var<storage, read_write> x'),
      /x/,
    ],
    [
      'only reads what is declared as written',
      SOURCE.replace('read_write> out', 'read> out').replace(/out\[id\.x\] = .*;/, 'let y = out[id.x];'),
      /out/,
    ],
    ['has a binding that is not declared', SOURCE.replace('@binding(2)', '@binding(3)'), /binding/],
    [
      'lacks a binding that is declared',
      SOURCE.replace('@group(0) @binding(0) var<storage, read> x: array<f32>;\n', '').replace(
        'x[id.x]',
        '1.0',
      ),
      /"x" is declared/,
    ],
    [
      'lacks its parameters',
      SOURCE.replace(/@group\(0\) @binding\(2\).*\n/, '').replace(/if .*/, 'out[id.x] = x[id.x];'),
      /parameters are declared/,
    ],
    [
      'has fewer parameters',
      SOURCE.replace(', add: f32 }', ' }').replace(' + params.add', ''),
      /2 fields, not 3/,
    ],
    ['binds in another group', SOURCE.replace('@group(0) @binding(1)', '@group(1) @binding(1)'), /group/],
    [
      'has other elements',
      SOURCE.replace('x: array<f32>', 'x: array<u32>').replace('x[id.x]', 'f32(x[id.x])'),
      /u32/,
    ],
    [
      'has its parameters in another order',
      SOURCE.replace('size: u32, factor: f32', 'factor: f32, size: u32'),
      /factor/,
    ],
    [
      'has a longer parameter struct',
      SOURCE.replace('add: f32 }', 'add: f32, more: vec4f }').replace('params.add', 'params.more.x'),
      /param|uniform|binding/i,
    ],
    ['has no such entry point', SOURCE.replace('fn main', 'fn other'), /main/],
    [
      'has a workgroup that is too big',
      SOURCE.replace('workgroup_size(64)', 'workgroup_size(4096)'),
      /workgroup/i,
    ],
  ])('that %s', async (_, wgsl, said) => {
    const error: unknown = await run(device, wgsl).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(failed);
    expect(String(error)).toMatch(said);
    // It is not kept, and does no harm to others.
    await expect(run(device, SOURCE)).resolves.toBeUndefined();
  });

  it('is no part of a kernel for other backends', async () => {
    const kernel = defineKernel({
      name: 'test.none',
      bindings: { out: 'write' },
      sources: { metal: { msl: '' } },
    });
    const out = device.createBuffer({ byteLength: 16 });
    device.dispatch(kernel, { bindings: { out }, grid: [1, 1, 1] });
    await expect(device.idle()).rejects.toMatchObject({ code: 'KERNEL_UNSUPPORTED' });
  });

  it('is refused where it is recorded if its grid has too many workgroups', () => {
    const [x, out] = [device.createBuffer({ byteLength: 256 }), device.createBuffer({ byteLength: 256 })];
    device.fill(x);
    const params = { size: 64, factor: 1, add: 1 };
    const dispatch = (count: number) =>
      device.dispatch(scale, { bindings: { x, out }, params, grid: [count, 1, 1] });
    expect(() => dispatch(64 * 65535 + 1)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    dispatch(64 * 65535);
  });
});

describeUnless(noVulkan, 'a kernel of a user', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(onDawn());
  });
  afterAll(() => device.close());

  it('computes', async () => {
    const [x, out] = [device.createBuffer({ byteLength: 400 }), device.createBuffer({ byteLength: 400 })];
    device.write(
      x,
      Float32Array.from({ length: 100 }, (_, i) => i),
    );
    device.dispatch(scale, {
      bindings: { x, out },
      params: { size: 100, factor: 3, add: -1 },
      grid: [100, 1, 1],
    });
    const result = new Float32Array((await device.read(out)).buffer);
    expect(Array.from(result)).toEqual(Array.from({ length: 100 }, (_, i) => 3 * i - 1));
  });

  it('takes its constants as overrides, its entry point and its tile', async () => {
    const kernel = defineKernel({
      name: 'test.override',
      bindings: { out: 'write' },
      constants: { step: 'any' },
      sources: {
        webgpu: {
          wgsl: `
override step: u32 = 1;
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(8)
fn count(@builtin(global_invocation_id) id: vec3u) { out[id.x] = f32(id.x * step); }`,
          entryPoint: 'count',
          tile: [8, 1, 1],
        },
      },
    });
    const out = device.createBuffer({ byteLength: 64 });
    device.dispatch(kernel, { bindings: { out }, constants: { step: 5 }, grid: [16, 1, 1] });
    const result = new Float32Array((await device.read(out)).buffer);
    expect(Array.from(result)).toEqual(Array.from({ length: 16 }, (_, i) => 5 * i));
  });
});
