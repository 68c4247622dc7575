import { cpu } from '@wick/backend-cpu';
import { type Buffer, defineKernel, kernels, openDevice } from '@wick/core';
import { describe, expect, it } from 'vitest';
import { interleaved } from '../../src/harness/interleaved.js';

/** Notes when its one unit runs. */
function noting(trace: string[], name: string) {
  return defineKernel({
    name: `test.${name}`,
    bindings: { out: 'write' },
    reference({ bindings }) {
      bindings.out.fill(1);
      trace.push(name);
    },
  });
}

async function runIndependent(seed: number): Promise<string> {
  const trace: string[] = [];
  await using device = await openDevice(cpu({ executor: interleaved(seed) }));
  // What the run returns lives on, so no two share memory.
  device.run(() =>
    ['a', 'b', 'c', 'd', 'e'].map((name) => {
      const out = device.createBuffer({ byteLength: 64 });
      device.dispatch(noting(trace, name), { bindings: { out }, grid: [1, 1, 1] });
      return out;
    }),
  );
  await device.idle();
  return trace.join('');
}

describe('the interleaving executor', () => {
  it('runs independent dispatches in any order, and in the same for a seed', async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 20; seed++) seen.add(await runIndependent(seed));
    expect(seen.size).toBeGreaterThan(10);
    expect([...seen].every((order) => [...order].sort().join('') === 'abcde')).toBe(true);
    expect(await runIndependent(3)).toBe(await runIndependent(3));
  });

  it('computes what is right, split into pieces and in float16 too', async () => {
    await using device = await openDevice(cpu({ executor: interleaved(1), scrub: true }));
    const size = 1000;
    const buffer = (byteLength: number): Buffer => device.createBuffer({ byteLength });
    const [x, half, out] = [buffer(4 * size), buffer(2 * size), buffer(4 * size)];
    device.write(
      x,
      Float32Array.from({ length: size }, (_, i) => i / 4),
    );
    const as = (dtype: 'float32' | 'float16', of: Buffer) => ({ buffer: of, dtype });
    const params = { size };
    const grid = [size, 1, 1] as const;
    device.dispatch(kernels.cast, {
      bindings: { x: as('float32', x), out: as('float16', half) },
      params,
      grid,
    });
    device.dispatch(kernels.cast, {
      bindings: { x: as('float16', half), out: as('float32', out) },
      params,
      grid,
    });
    const { buffer: bytes } = await device.read(out);
    expect([...new Float32Array(bytes)]).toEqual(Array.from({ length: size }, (_, i) => i / 4));
  });
});
