import { nullBackend } from '@wick/conformance';
import { describe, expect, it } from 'vitest';
import { heavyLayers } from '../pictures/layers.js';
import { compareLayers } from '../pictures/measure.js';
import { shapesStep } from '../pictures/networks.js';
import { randomWeights } from '../pictures/random-weights.js';
import { layersSection } from '../pictures/report.js';
import { circumstances } from '../report/results.js';

describe('pnpm bench:pictures', () => {
  it('finds the layers that a step spends its work in, and times them', async () => {
    await using step = await shapesStep(nullBackend());
    await step.run();
    const { layers: all, whole } = heavyLayers(step.plan, 1);
    const { layers: most } = heavyLayers(step.plan, 0.9);
    expect(most).toEqual(all.slice(0, most.length));
    const work = (layers: typeof all) => layers.reduce((sum, { work, count }) => sum + work * count, 0);
    expect(work(all)).toBeLessThanOrEqual(whole);
    expect(work(most)).toBeGreaterThanOrEqual(0.9 * whole);
    expect(work(most.slice(0, -1))).toBeLessThan(0.9 * whole);
    expect(all.map(({ name }) => name)).toContain('conv 3x3, 48 to 48, 2 x 16x16');

    const layers = await compareLayers(step.plan, undefined, { rounds: 1, share: 0.1, progress: () => {} });
    const time = { fastest: 1, median: 2, rounds: 3 };
    const text = layersSection([{ name: 'A step', time, layers }], circumstances(true), undefined);
    expect(text).toMatch(/\| conv 3x3, 48 to 48, 2 x 16x16 \| \d+ \| [\d.]+ ms \| {2}\| {2}\| [\d.]+ \|/);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
  }, 120_000);

  it.each(['F16', 'F32'] as const)('makes finite weights of %s', async (type) => {
    const weights = randomWeights([{ name: 'w', shape: [3, 5000] }], type);
    const bytes = await weights.read('w');
    expect(bytes.byteLength).toBe(15_000 * (type === 'F16' ? 2 : 4));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.byteLength; at += type === 'F16' ? 2 : 4) {
      if (type === 'F32') expect(Math.abs(view.getFloat32(at, true))).toBeLessThanOrEqual(1 / 16);
      else expect((view.getUint16(at, true) >> 10) & 31).toBeLessThan(11);
    }
  });
});
