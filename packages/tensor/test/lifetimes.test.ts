import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { cpu } from '@wick/backend-cpu';
import { openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { add, leaks, ones, quantized, reshape, slice, type Tensor, tensor, zeros } from '../src/index.js';
import { code, useDevice } from './device.js';

const use = useDevice();
const live = () => leaks(use.device).reduce((sum, { count }) => sum + count, 0);

describe('disposal', () => {
  it('ends a tensor once', () => {
    const made = zeros(use.device, [4]);
    expect(made.disposed).toBe(false);
    made.dispose();
    expect(made.disposed).toBe(true);
    expect(() => made.dispose()).toThrow(code('BUFFER_FREED'));
    expect(() => made[Symbol.dispose]()).not.toThrow();
    expect(() => made.buffer).toThrow(code('BUFFER_FREED'));
    expect(() => made.keep()).toThrow(code('BUFFER_FREED'));
  });

  it('refuses disposed operands, naming them, and leaves nothing behind', () => {
    const gone = tensor(use.device, [1], undefined, { label: 'the gone one' });
    using here = zeros(use.device, [1]);
    gone.dispose();
    for (const bad of [
      () => gone.neg(),
      () => here.add(gone),
      () => gone.reshape([1]),
      () => here.where(1, gone),
    ]) {
      expect(bad).toThrow(expect.objectContaining({ code: 'BUFFER_FREED', label: 'the gone one' }));
    }
  });

  it('follows using', () => {
    const before = live();
    {
      using made = zeros(use.device, [4]);
      expect(live()).toBe(before + 1);
      expect(made.size).toBe(4);
    }
    expect(live()).toBe(before);
  });

  it('lets recorded work run', async () => {
    const a = tensor(use.device, [1, 2]);
    const b = a.add(1);
    a.dispose();
    using c = b.mul(3);
    b.dispose();
    expect(await c.toArray()).toEqual([6, 9]);
  });
});

describe('views', () => {
  it('share the memory', async () => {
    using base = tensor(use.device, [1, 2, 3, 4]);
    using square = reshape(base, [2, 2]);
    expect(live()).toBe(1);
    using rows = tensor(use.device, [[9, 8]]);
    square.writeRows(rows, 1, 0);
    expect(await base.toArray()).toEqual([1, 2, 9, 8]);
  });

  it('outlive their base, and their base them', async () => {
    const base = tensor(use.device, [1, 2, 3, 4]);
    const view = base.reshape([2, 2]);
    base.dispose();
    expect(await view.toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const second = view.flatten();
    view.dispose();
    expect(await second.toArray()).toEqual([1, 2, 3, 4]);
    second.dispose();
    expect(live()).toBe(0);
  });

  it('are made of rows that begin at 256 bytes', async () => {
    using base = zeros(use.device, [4, 64]);
    using row = slice(base, [1], [3]);
    using copy = slice(base, [0, 1], [2, 3]);
    using filled = ones(use.device, [1, 64]);
    base.writeRows(filled, 2, 0);
    expect(leaks(use.device).some(({ label }) => label === 'slice')).toBe(true);
    using sums = row.sum(1);
    expect(await sums.toArray()).toEqual([0, 64]);
    expect(await copy.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('are refused where a transfer could not end', async () => {
    using base = tensor(use.device, new Uint8Array(1024).fill(3));
    using odd = slice(base, [256], [259]);
    expect(await odd.toArray()).toEqual([3, 3, 3]);
    using tail = slice(base, [1021], [1024]);
    expect(await tail.toArray()).toEqual([3, 3, 3]);
  });
});

describe('scopes', () => {
  it('free what is not part of their result', () => {
    const before = live();
    const kept = use.device.scope(() => {
      const a = zeros(use.device, [4]);
      const b = add(a, 1);
      return { list: [b.neg()], other: new Map([['sum', b.sum()]]) };
    });
    expect(live()).toBe(before + 2);
    kept.list[0].dispose();
    kept.other.get('sum')?.dispose();
  });

  it('keep a view alive whose base they free', async () => {
    using view = use.device.run(() => tensor(use.device, [1, 2, 3, 4]).mul(2).reshape([2, 2]));
    expect(await view.toArray()).toEqual([
      [2, 4],
      [6, 8],
    ]);
  });

  it('hand results to the scope around them', () => {
    const before = live();
    use.device.scope(() => {
      const inner = use.device.scope(() => zeros(use.device, [1]));
      expect(inner.disposed).toBe(false);
    });
    expect(live()).toBe(before);
  });

  it('leave out what is kept', () => {
    let kept: Tensor | undefined;
    use.device.scope(() => {
      kept = zeros(use.device, [1]).keep();
    });
    expect(kept?.disposed).toBe(false);
    kept?.dispose();
  });

  it('free everything when they fail', () => {
    const before = live();
    expect(() =>
      use.device.run(() => {
        zeros(use.device, [4]).add(zeros(use.device, [5]));
      }),
    ).toThrow(code('SHAPE_MISMATCH'));
    expect(live()).toBe(before);
  });

  it('pass over what was disposed inside', () => {
    expect(() => use.device.scope(() => zeros(use.device, [4]).dispose())).not.toThrow();
  });

  it('hold quantised weights as one thing', () => {
    const before = live();
    const make = () => quantized(use.device, 'Q8_0', [2, 32], new Uint8Array(68));
    use.device.scope(() => {
      make();
    });
    expect(live()).toBe(before);
    const { weight } = use.device.scope(() => ({ weight: make() }));
    expect(weight.disposed).toBe(false);
    weight.dispose();
    expect(() => weight.dispose()).toThrow(code('BUFFER_FREED'));
  });
});

describe('the leak report', () => {
  it('lists by label', () => {
    using a = zeros(use.device, [4], { label: 'a weight' });
    using b = zeros(use.device, [4], { label: 'a weight' });
    expect(leaks(use.device)).toContainEqual({ label: 'a weight', count: 2, bytes: 32 });
    expect(a.label).toBe(b.label);
  });

  it('catches what was collected without disposal', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const labels: string[] = [];
    const device = await openDevice(cpu(), { onLeak: (label) => labels.push(label) });
    const forget = () => {
      const base = tensor(device, [1, 2, 3, 4], undefined, { label: 'forgotten' });
      const view = base.reshape([2, 2]);
      base.dispose();
      return view.size;
    };
    expect(forget()).toBe(4);
    await device.idle();
    for (let i = 0; i < 50 && labels.length === 0; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(labels).toEqual(['forgotten']);
    expect(leaks(device)).toEqual([]);
    await device.close();
  });

  it('is silent about a device that is gone', async () => {
    const device = await openDevice(cpu());
    const made = zeros(device, [4]);
    await device.close();
    expect(() => made.dispose()).not.toThrow();
    expect(() => zeros(device, [4])).toThrow(code('DEVICE_LOST'));
  });
});
