import { cpu } from '@wick/backend-cpu';
import { nullBackend } from '@wick/conformance';
import { type Device, openDevice } from '@wick/core';
import { tensor } from '@wick/tensor';
import { describe, expect, it } from 'vitest';
import { openUpscaleModel, type RgbImage, Upscaler, upscale } from '../../src/index.js';
import { defaultUpscaleModelPath, fileFolder } from '../../src/node.js';
import { failure } from '../helpers/errors.js';
import {
  conv,
  folderOf,
  input,
  layer,
  modelJson,
  type TestLayer,
  type TestWeight,
  weightFiles,
} from '../helpers/tfjs.js';

const random = (name: string, shape: readonly number[]): TestWeight => {
  const size = shape.reduce((product, length) => product * length, 1);
  return { name, shape, values: Array.from({ length: size }, (_, i) => Math.sin(i * i + name.length)) };
};

const grey = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(100),
});

async function load(
  device: Device,
  layers: readonly TestLayer[],
  weights: readonly TestWeight[],
  cuts: readonly number[] = [],
): Promise<Upscaler> {
  const files = weightFiles(weights, cuts);
  const paths = files.map((_, i) => `${i}.bin`);
  const named = Object.fromEntries(files.map((file, i) => [`${i}.bin`, file]));
  return Upscaler.load(device, await openUpscaleModel(folderOf(modelJson(layers, weights, paths), named)));
}

describe('a network of a TensorFlow.js file', () => {
  it('computes what its layers say, from weights cut into files anywhere', async () => {
    await using device = await openDevice(cpu());
    // Each kernel takes one pixel, so that the result can be written down.
    const kernel = random('a/kernel', [1, 1, 3, 3]);
    const bias = { name: 'a/bias', shape: [3], values: [1, -200, 3] };
    const layers = [
      input(),
      conv('a', 'in', 3, 1, { activation: 'relu', padding: 'valid' }),
      layer('Add', 'sum', ['a', 'in', 'a']),
      layer('Concatenate', 'both', ['sum', 'in'], { axis: -1 }),
      conv('b', 'both', 3, 1, { use_bias: false }),
      layer('UpSampling2D', 'up', ['b'], { size: [3, 3], interpolation: 'nearest' }),
      layer('Activation', 'out', ['up'], { activation: 'linear' }),
    ];
    const second = random('b/kernel', [1, 1, 6, 3]);
    using upscaler = await load(device, layers, [kernel, bias, second], [5, 5, 40]);
    expect(upscaler.scale).toBe(3);
    expect(upscaler.network.figures.reach).toBe(0);
    const x = [10, 20, 30];
    const out = device.run(() => upscaler.network.forward(tensor(device, x, [1, 3, 1, 1])));
    const a = [0, 1, 2].map((o) =>
      Math.max(0, bias.values[o] + x.reduce((sum, value, i) => sum + value * kernel.values[3 * i + o], 0)),
    );
    const both = [...x.map((value, i) => value + 2 * a[i]), ...x];
    const want = [0, 1, 2].map((o) =>
      both.reduce((sum, value, i) => sum + value * second.values[3 * i + o], 0),
    );
    const values = await out.data();
    expect(out.shape).toEqual([1, 3, 3, 3]);
    want.forEach((value, channel) => {
      for (let i = 0; i < 9; i++) expect(values[9 * channel + i]).toBeCloseTo(value, 3);
    });
  });

  it('turns kernels round and pads with zeros', async () => {
    await using device = await openDevice(cpu());
    const kernel = random('a/kernel', [3, 5, 3, 3]);
    const layers = [
      input(),
      layer('Conv2D', 'a', ['in'], {
        filters: 3,
        kernel_size: [3, 5],
        strides: [1, 1],
        padding: 'same',
        use_bias: false,
        dilation_rate: [2, 1],
      }),
    ];
    using upscaler = await load(device, layers, [kernel]);
    expect(upscaler.network.figures.reach).toBe(2);
    const [height, width] = [6, 7];
    const x = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.cos(i));
    const got = await device
      .run(() => upscaler.network.forward(tensor(device, x, [1, 3, height, width])))
      .data();
    for (let o = 0; o < 3; o++) {
      for (let y = 0; y < height; y++) {
        for (let column = 0; column < width; column++) {
          let sum = 0;
          for (let ky = 0; ky < 3; ky++) {
            for (let kx = 0; kx < 5; kx++) {
              const [iy, ix] = [y + 2 * (ky - 1), column + kx - 2];
              if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
              for (let c = 0; c < 3; c++) {
                sum += x[(c * height + iy) * width + ix] * kernel.values[((ky * 5 + kx) * 3 + c) * 3 + o];
              }
            }
          }
          expect(got[(o * height + y) * width + column]).toBeCloseTo(sum, 4);
        }
      }
    }
  });

  it('says where values stopped being numbers', async () => {
    await using device = await openDevice(cpu());
    const bad = { name: 'b/bias', shape: [3], values: [0, Number.NaN, 0] };
    const layers = [input(), conv('a', 'in', 3), conv('b', 'a', 3), conv('c', 'b', 3)];
    const weights = ['a', 'b', 'c'].flatMap((name) => [
      random(`${name}/kernel`, [3, 3, 3, 3]),
      name === 'b' ? bad : random(`${name}/bias`, [3]),
    ]);
    using upscaler = await load(device, layers, weights);
    const { label } = await failure('BAD_OUTPUT', () => upscale(grey(4, 4), upscaler));
    expect(label).toBe('upscale/b');
  });

  it('needs memory for a tile, not for the picture', async () => {
    await using device = await openDevice(nullBackend());
    const files = await openUpscaleModel(fileFolder(defaultUpscaleModelPath()));
    using upscaler = await Upscaler.load(device, files);
    const peak = async (width: number, height: number, tileSize: number): Promise<number> => {
      await upscale(grey(width, height), upscaler, { tileSize });
      return device.stats().memory.peakPlannedBytes;
    };
    const small = await peak(128, 128, 128);
    const tiled = await peak(1280, 1024, 128);
    // Inner tiles have a halo of 10 on each side; size classes of the pool waste an eighth at most.
    expect(tiled).toBeLessThan(small * (148 / 128) ** 2 * 1.125);
    expect(await peak(1280, 1024, 1280)).toBeGreaterThan(20 * tiled);
  });
});
