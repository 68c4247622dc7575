/** Bad operands: the code, and that nothing is recorded or left behind. */

import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import * as t from '../src/index.js';
import { code, useDevice } from './device.js';

const use = useDevice();
const f = (...shape: number[]) => t.zeros(use.device, shape);
const h = (...shape: number[]) => t.zeros(use.device, shape, { dtype: 'float16' });
const i = (...shape: number[]) => t.zeros(use.device, shape, { dtype: 'int32' });
const b = (...shape: number[]) => t.zeros(use.device, shape, { dtype: 'bool' });
const u = (...shape: number[]) => t.zeros(use.device, shape, { dtype: 'uint8' });

const SHAPE: Readonly<Record<string, () => unknown>> = {
  'unary of a wrong dtype': () => i(2).exp(),
  'logic of numbers': () => f(2).logicalNot(),
  'dtypes that differ': () => f(2).add(h(2)),
  'shapes that do not broadcast': () => f(2).add(f(3)),
  'arithmetic of bool': () => b(2).add(b(2)),
  'order of bool': () => b(2).lt(b(2)),
  'pow of integers': () => i(2).pow(2),
  'scalars against uint8': () => u(2).eq(1),
  'a condition of numbers': () => f(2).where(1, 2),
  'branches that differ': () => b(2).where(f(2), i(2)),
  'a gate of another shape': () => f(2).swiglu(f(3)),
  'an odd axis to gate': () => f(3).geglu(),
  'a sum of bool': () => b(2).sum(),
  'a mean of integers': () => i(2).mean(),
  'softmax of integers': () => i(2).softmax(),
  'a weight of another width': () => f(2, 3).layerNorm({ weight: f(2) }),
  'a norm of a scalar': () => f().rmsNorm(),
  'groups that do not divide': () => f(1, 6, 2).groupNorm(4),
  'inner sizes that differ': () => f(2, 3).matmul(f(2, 3)),
  'a product of scalars': () => f().matmul(f()),
  'batches that do not broadcast': () => f(2, 2, 2).matmul(f(3, 2, 2)),
  'a bias of another length': () => f(2, 3).linear(f(4, 3), f(3)),
  'a weight that is no matrix': () => f(2, 3).linear(f(3)),
  'a product of integers': () => i(2, 2).matmul(i(2, 2)),
  'a block that does not divide': () => t.quantized(use.device, 'Q8_0', [1, 33], new Uint8Array(34)),
  'bytes that are no blocks': () => t.quantized(use.device, 'Q8_0', [1, 32], new Uint8Array(33)),
  'a quantised product of another width': () =>
    f(1, 64).linear(t.quantized(use.device, 'Q8_0', [1, 32], new Uint8Array(34))),
  'channels that do not fit': () => f(1, 4, 5, 5).conv2d(f(2, 3, 3, 3)),
  'a picture of three axes': () => f(4, 5, 5).conv2d(f(2, 4, 3, 3)),
  'a kernel that does not fit': () => f(1, 1, 2, 2).conv2d(f(1, 1, 3, 3)),
  'output padding as long as the stride': () =>
    f(1, 1, 2, 2).convTranspose2d(f(1, 1, 2, 2), { stride: 2, outputPadding: 2 }),
  'a row that is no row': () => f(1, 2, 2, 2).conv1d(f(1, 2, 2)),
  'padding as wide as the window': () => f(4, 4).maxPool2d({ kernel: 2, padding: 2 }),
  'a resize of nothing': () => f(1, 0, 4).upsampleNearest([2, 2]),
  'a reshape that does not fit': () => f(2, 3).reshape([4, -1]),
  'a long axis to squeeze': () => f(2).squeeze(0),
  'an expansion of a long axis': () => f(2).expand([4]),
  'an expansion to fewer axes': () => f(1, 2).expand([2]),
  'parts that do not add up': () => f(5).split(2),
  'tensors that do not join': () => t.concat([f(2, 2), f(2, 3)]),
  'dtypes that do not join': () => t.concat([f(2), h(2)]),
  'a reflection of too much': () => f(3).pad([[3, 0]], { mode: 'reflect' }),
  'channels that do not shuffle': () => f(1, 3, 2, 2).pixelShuffle(2),
  'an index of floats': () => f(2).gather(0, f(2)),
  'an index of another rank': () => f(2, 2).gather(0, i(2)),
  'a source of another shape': () => f(2).scatterAdd(0, i(3), f(2)),
  'rows of another width': () => f(4, 2).writeRows(f(1, 3), 0),
  'positions of another length': () => f(1, 1, 4, 4).rope(i(3)),
  'an odd number of frequencies': () => f(1, 1, 4, 4).rope(i(4), { frequencies: f(3) }),
  'keys of another size': () => f(1, 2, 3, 4).attention(f(1, 2, 3, 8), f(1, 2, 3, 8)),
  'heads that do not divide': () => f(1, 3, 1, 4).attention(f(1, 2, 1, 4), f(1, 2, 1, 4)),
  'a mask of another shape': () => f(1, 1, 2, 4).attention(f(1, 1, 3, 4), f(1, 1, 3, 4), { mask: b(2, 2) }),
  'heads without a batch': () => f(2, 3, 4).attention(f(2, 3, 4), f(2, 3, 4)),
};

const ARGUMENT: Readonly<Record<string, () => unknown>> = {
  'two scalars': () => t.add(1, 2),
  'a fraction against integers': () => i(2).add(0.5),
  'an interval turned round': () => f(2).clamp(2, 1),
  'an unknown dtype': () => f(2).cast('float8' as 'float16'),
  'an operand that is null': () => f(2).add(null as never),
  'an operand that is a text': () => f(2, 2).matmul('x' as never),
  'options in place of a shape': () => t.tensor(use.device, [1], { dtype: 'int32' } as never),
  'a number in place of a shape': () => f(2).reshape(2 as never),
  'an axis that is not there': () => f(2).sum(1),
  'an axis given twice': () => f(2, 2).sum([0, -2]),
  'an eps of 0': () => f(2).layerNorm({ eps: 0 }),
  'half a group': () => f(1, 2).groupNorm(0.5),
  'an order that is none': () => f(2, 2).permute([0, 0]),
  'a narrow part that leaves': () => f(2).narrow(0, 1, 2),
  'no tensors to join': () => t.concat([]),
  'pads of another rank': () => f(2).pad([]),
  'a negative pad': () => f(2).pad([[-1, 0]]),
  'a stride of 0': () => f(1, 1, 2, 2).conv2d(f(1, 1, 1, 1), { stride: 0 }),
  'an odd head': () => f(1, 1, 2, 3).rope(i(2)),
  'an odd embedding': () => f(2).timestepEmbedding(3),
  'a negative position': () => f(4, 2).writeRows(f(1, 2), -1),
  'a scale of NaN': () => f(1, 1, 1, 2).attention(f(1, 1, 1, 2), f(1, 1, 1, 2), { scale: Number.NaN }),
};

const OTHERS: Readonly<Record<string, readonly [string, () => unknown]>> = {
  'a head of 257': ['LIMIT_EXCEEDED', () => f(1, 1, 1, 257).attention(f(1, 1, 1, 257), f(1, 1, 1, 257))],
  'nine axes': ['LIMIT_EXCEEDED', () => f(1, 1, 1, 1, 1, 1, 1, 1).unsqueeze(0)],
  'too many elements': ['LIMIT_EXCEEDED', () => f(1).expand([2 ** 31, 2])],
  'rows that leave the target': ['OUT_OF_RANGE', () => f(4, 2).writeRows(f(2, 2), 3)],
  'more keys than there are': [
    'OUT_OF_RANGE',
    () => f(1, 1, 1, 2).attention(f(1, 1, 1, 2), f(1, 1, 1, 2), { keyLength: 2 }),
  ],
};

const cases = [
  ...Object.entries(SHAPE).map(([name, run]) => [name, 'SHAPE_MISMATCH', run] as const),
  ...Object.entries(ARGUMENT).map(([name, run]) => [name, 'INVALID_ARGUMENT', run] as const),
  ...Object.entries(OTHERS).map(([name, [wanted, run]]) => [name, wanted, run] as const),
];

describe('bad operands', () => {
  it.each(cases)('%s: %s', async (_, wanted, run) => {
    const { device } = use;
    await device.idle();
    const before = device.stats();
    expect(() => device.run(run)).toThrow(code(wanted));
    await device.idle();
    const after = device.stats();
    expect(after.work).toEqual(before.work);
    expect(after.buffers).toEqual(before.buffers);
  });

  it('on two devices', async () => {
    await using other = await openDevice(cpu());
    const there = t.zeros(other, [2]);
    expect(() => use.device.scope(() => f(2).add(there))).toThrow(code('INVALID_ARGUMENT'));
    expect(() => use.device.scope(() => f(2).softmax().layerNorm({ weight: there }))).toThrow(
      code('INVALID_ARGUMENT'),
    );
  });

  it('say which cast would help', () => {
    expect(() => use.device.scope(() => f(2).add(h(3)))).toThrow(
      /float32 \[2\].*float16 \[3\].*cast\('float32'\)/,
    );
  });
});
