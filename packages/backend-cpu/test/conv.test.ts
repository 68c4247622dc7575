import { describe, expect, test } from 'vitest';
import { conv2d, convTranspose2d } from '../src/kernels/conv.js';
import { execute, output, ramp } from './execute.js';
import { expectNear } from './near.js';

interface Options {
  readonly batch?: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride?: readonly [number, number];
  /** top, bottom, left, right */
  readonly pad?: readonly [number, number, number, number];
  readonly dilation?: readonly [number, number];
  readonly groups?: number;
}

function parameters(options: Options, outSize: readonly [number, number]) {
  const { stride = [1, 1], pad = [0, 0, 0, 0], dilation = [1, 1] } = options;
  return {
    batch: options.batch ?? 1,
    channels: options.channels,
    height: options.size[0],
    width: options.size[1],
    outChannels: options.outChannels,
    outHeight: outSize[0],
    outWidth: outSize[1],
    kernelHeight: options.kernel[0],
    kernelWidth: options.kernel[1],
    strideHeight: stride[0],
    strideWidth: stride[1],
    padTop: pad[0],
    padLeft: pad[2],
    dilationHeight: dilation[0],
    dilationWidth: dilation[1],
    groups: options.groups ?? 1,
  };
}

type Parameters = ReturnType<typeof parameters>;

/** Output size of a convolution along both axes. */
function convolved({ size, kernel, stride = [1, 1], pad = [0, 0, 0, 0], dilation = [1, 1] }: Options) {
  const along = (axis: 0 | 1) => {
    const room = size[axis] + pad[2 * axis] + pad[2 * axis + 1] - dilation[axis] * (kernel[axis] - 1) - 1;
    return Math.floor(room / stride[axis]) + 1;
  };
  return [along(0), along(1)] as const;
}

/** Calls `visit` for every product of a convolution: small image position, large image position, weight. */
function everyTap(
  p: Parameters,
  small: readonly [number, number],
  large: readonly [number, number],
  visit: (oy: number, ox: number, iy: number, ix: number, ky: number, kx: number) => void,
): void {
  for (let oy = 0; oy < small[0]; oy++) {
    for (let ox = 0; ox < small[1]; ox++) {
      for (let ky = 0; ky < p.kernelHeight; ky++) {
        for (let kx = 0; kx < p.kernelWidth; kx++) {
          const iy = oy * p.strideHeight + ky * p.dilationHeight - p.padTop;
          const ix = ox * p.strideWidth + kx * p.dilationWidth - p.padLeft;
          if (iy >= 0 && iy < large[0] && ix >= 0 && ix < large[1]) visit(oy, ox, iy, ix, ky, kx);
        }
      }
    }
  }
}

/** Both kernels from the definition, product by product: `transpose` scatters where the other gathers. */
function naive(
  p: Parameters,
  x: Float32Array,
  weight: Float32Array,
  bias: Float32Array,
  transpose: boolean,
): number[] {
  const want: number[] = Array.from(
    { length: p.batch * p.outChannels * p.outHeight * p.outWidth },
    (_, i) => bias[Math.floor(i / (p.outHeight * p.outWidth)) % p.outChannels],
  );
  const input = [p.height, p.width] as const;
  const out = [p.outHeight, p.outWidth] as const;
  const perGroup = p.channels / p.groups;
  const outPerGroup = p.outChannels / p.groups;
  for (let b = 0; b < p.batch; b++) {
    for (let o = 0; o < p.outChannels; o++) {
      for (let i = 0; i < perGroup; i++) {
        const group = Math.floor(o / outPerGroup);
        const c = group * perGroup + i;
        const xAt = (b * p.channels + c) * p.height * p.width;
        const outAt = (b * p.outChannels + o) * p.outHeight * p.outWidth;
        const matrix = transpose ? c * outPerGroup + (o % outPerGroup) : o * perGroup + i;
        const weightAt = matrix * p.kernelHeight * p.kernelWidth;
        everyTap(p, transpose ? input : out, transpose ? out : input, (sy, sx, ly, lx, ky, kx) => {
          const [oy, ox, iy, ix] = transpose ? [ly, lx, sy, sx] : [sy, sx, ly, lx];
          const w = weight[weightAt + ky * p.kernelWidth + kx];
          want[outAt + oy * p.outWidth + ox] += x[xAt + iy * p.width + ix] * w;
        });
      }
    }
  }
  return want;
}

/** Inputs for a case, and what the kernel makes of them. */
function check(options: Options, outSize: readonly [number, number], transpose = false): void {
  const params = parameters(options, outSize);
  const { batch, channels, outChannels, groups, kernelHeight, kernelWidth } = params;
  const x = ramp(batch * channels * params.height * params.width);
  const weight = ramp((channels * outChannels * kernelHeight * kernelWidth) / groups, 0.6);
  const bias = ramp(outChannels);
  const out = new Float32Array(batch * outChannels * outSize[0] * outSize[1]);
  const kernel = transpose ? convTranspose2d : conv2d;
  const got = output(kernel, { bindings: { x, weight, bias, out }, params });
  expectNear(got, naive(params, x, weight, bias, transpose), 10);
}

describe('conv2d', () => {
  test('by hand', () => {
    const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const weight = Float32Array.of(1, 10, 100, 1000);
    const options: Options = { channels: 1, outChannels: 1, size: [3, 3], kernel: [2, 2] };
    const valid = { bindings: { x, weight, out: new Float32Array(4) }, params: parameters(options, [2, 2]) };
    expect(output(conv2d, valid)).toEqual([5421, 6532, 8754, 9865]);
    const padded = parameters({ ...options, pad: [1, 0, 1, 0] }, [3, 3]);
    const same = output(conv2d, { bindings: { x, weight, out: new Float32Array(9) }, params: padded });
    expect(same).toEqual([1000, 2100, 3200, 4010, 5421, 6532, 7040, 8754, 9865]);
  });

  const cases: Readonly<Record<string, Options>> = {
    'one pixel': { channels: 3, outChannels: 5, size: [1, 1], kernel: [3, 3], pad: [1, 1, 1, 1] },
    '1 x 1': { channels: 5, outChannels: 6, size: [3, 5], kernel: [1, 1], batch: 2 },
    '3 x 3': { channels: 2, outChannels: 9, size: [5, 7], kernel: [3, 3], pad: [1, 1, 1, 1] },
    'stride 2, asymmetric': {
      channels: 3,
      outChannels: 4,
      size: [6, 9],
      kernel: [3, 3],
      stride: [2, 2],
      pad: [0, 1, 0, 1],
    },
    dilation: {
      channels: 2,
      outChannels: 3,
      size: [9, 8],
      kernel: [3, 2],
      dilation: [2, 3],
      pad: [2, 2, 1, 2],
    },
    groups: {
      channels: 6,
      outChannels: 10,
      size: [4, 4],
      kernel: [3, 3],
      groups: 2,
      pad: [1, 1, 1, 1],
      batch: 2,
    },
    depthwise: { channels: 5, outChannels: 5, size: [5, 3], kernel: [3, 3], groups: 5, pad: [1, 1, 1, 1] },
    'one row': {
      channels: 3,
      outChannels: 2,
      size: [1, 11],
      kernel: [1, 4],
      stride: [1, 3],
      pad: [0, 0, 2, 1],
    },
  };
  test.each(Object.entries(cases))('%s', (_, options) => check(options, convolved(options)));

  test('no image, and no bias', () => {
    const options: Options = { channels: 1, outChannels: 2, size: [2, 2], kernel: [1, 1] };
    const weight = Float32Array.of(2, 3);
    const none = { x: new Float32Array(0), weight, out: new Float32Array(0) };
    expect(output(conv2d, { bindings: none, params: { ...parameters(options, [2, 2]), batch: 0 } })).toEqual(
      [],
    );
    const bindings = { x: Float32Array.of(1, 2, 3, 4), weight, out: new Float32Array(8) };
    const got = output(conv2d, { bindings, params: parameters(options, [2, 2]) });
    expect(got).toEqual([2, 4, 6, 8, 3, 6, 9, 12]);
  });

  test('float16', () => {
    const options: Options = { channels: 1, outChannels: 1, size: [1, 2], kernel: [1, 1] };
    const dtypes = { x: 'float16', weight: 'float16', out: 'float16' } as const;
    const bindings = {
      x: Float32Array.of(1, 1.5),
      weight: Float32Array.of(1.0009765625),
      out: new Float32Array(2),
    };
    const { out } = execute(conv2d, { bindings, dtypes, params: parameters(options, [1, 2]) });
    expect(Array.from(out)).toEqual([1.0009765625, 1.501953125]);
  });
});

describe('convTranspose2d', () => {
  test('by hand', () => {
    const options: Options = { channels: 1, outChannels: 1, size: [2, 2], kernel: [2, 2], stride: [1, 1] };
    const bindings = {
      x: Float32Array.of(1, 2, 3, 4),
      weight: Float32Array.of(1, 10, 100, 1000),
      bias: Float32Array.of(0.5),
      out: new Float32Array(9),
    };
    const got = output(convTranspose2d, { bindings, params: parameters(options, [3, 3]) });
    expect(got).toEqual([1.5, 12.5, 20.5, 103.5, 1234.5, 2040.5, 300.5, 3400.5, 4000.5]);
  });

  const cases: Readonly<Record<string, readonly [Options, readonly [number, number]]>> = {
    'stride 2': [{ channels: 3, outChannels: 2, size: [3, 4], kernel: [2, 2], stride: [2, 2] }, [6, 8]],
    padding: [
      {
        channels: 2,
        outChannels: 3,
        size: [4, 3],
        kernel: [4, 4],
        stride: [2, 2],
        pad: [1, 1, 1, 1],
        batch: 2,
      },
      [8, 6],
    ],
    'output padding': [
      { channels: 1, outChannels: 2, size: [5, 5], kernel: [3, 3], stride: [2, 2], pad: [1, 0, 1, 0] },
      [10, 10],
    ],
    dilation: [
      { channels: 2, outChannels: 1, size: [3, 3], kernel: [2, 3], stride: [3, 2], dilation: [2, 3] },
      [9, 11],
    ],
    groups: [
      { channels: 4, outChannels: 6, size: [2, 3], kernel: [3, 3], groups: 2, pad: [1, 1, 1, 1] },
      [2, 3],
    ],
    'one pixel': [{ channels: 1, outChannels: 1, size: [1, 1], kernel: [1, 1] }, [1, 1]],
  };
  test.each(Object.entries(cases))('%s', (_, [options, outSize]) => check(options, outSize, true));
});
