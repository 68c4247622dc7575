import { afterAll, describe, expect, it } from 'vitest';
import { type Plan, type PlanningOptions, planRecording } from '../../src/planning/plan.js';
import type { Recording } from '../../src/recording/commands.js';
import { llamaGraph, unetGraph } from '../helpers/graphs.js';
import { COARSE, EXPLICIT, ROOMY, SEPARATE_TRANSFERS, WHOLE_BUFFERS } from '../helpers/platforms.js';

const MODEL = { layers: 22, width: 2048, hidden: 5632, vocabulary: 32_000 };
const GRAPHS: Readonly<Record<string, Recording>> = {
  'Llama, one token': llamaGraph({ ...MODEL, tokens: 1 }),
  'Llama, 512 tokens': llamaGraph({ ...MODEL, tokens: 512 }),
  UNet: unetGraph(),
};
const report: string[] = [];

afterAll(() => console.log(report.join('\n')));

/** Planned bytes as a multiple of the largest live set; noted for the report at the end. */
function ratioOf(label: string, { figures }: Plan): number {
  const ratio = figures.plannedBytes / figures.largestLiveBytes;
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  report.push(
    `${label}: ${figures.commands} commands, ${figures.barriers} barriers, ${mib(figures.plannedBytes)} MiB planned` +
      ` = ${ratio.toFixed(3)} x largest live set, ${mib(figures.unplannedBytes)} MiB unplanned`,
  );
  return ratio;
}

/** The most bytes of temporaries alive in program order: what ordering may not exceed. */
function programOrderPeak(recording: Recording): number {
  return planRecording(recording, ROOMY, EXPLICIT, { lookAhead: 1 }).figures.largestLiveBytes;
}

describe.each(Object.entries(GRAPHS))('%s', (name, recording) => {
  const modes: readonly (readonly [string, PlanningOptions])[] = [
    ['share', {}],
    ['tight', { placement: 'tight' }],
    ['program order', { lookAhead: 1 }],
  ];

  it.each(modes)('lives within a tenth of its largest live set (%s)', (mode, options) => {
    for (const capabilities of [EXPLICIT, SEPARATE_TRANSFERS]) {
      const plan = planRecording(recording, ROOMY, capabilities, options);
      const passes = capabilities === EXPLICIT ? 'one pass' : 'separate transfers';
      expect(ratioOf(`${name}, ${mode}, ${passes}`, plan)).toBeLessThanOrEqual(1.1);
      expect(plan.figures.plannedBytes).toBeLessThan(plan.figures.unplannedBytes / 5);
    }
  });

  it('needs no more memory at once in the order found than in program order', () => {
    const { figures } = planRecording(recording, ROOMY, EXPLICIT);
    expect(figures.largestLiveBytes).toBeLessThanOrEqual(programOrderPeak(recording));
  });

  it('pays for lanes, where allocations are checked as a whole, with less than half as much again', () => {
    const plan = planRecording(recording, COARSE, WHOLE_BUFFERS);
    expect(ratioOf(`${name}, lanes`, plan)).toBeLessThan(1.5);
    expect(plan.memory.filter(({ kind }) => kind === 'arena').length).toBeLessThanOrEqual(4);
  });

  it('takes no more barriers for sharing memory than a hundredth', () => {
    const apart = planRecording(recording, ROOMY, EXPLICIT, { placement: 'apart' }).figures;
    const shared = planRecording(recording, ROOMY, EXPLICIT).figures;
    expect(apart.plannedBytes).toBe(apart.unplannedBytes);
    expect(shared.barriers).toBeLessThanOrEqual(1.01 * apart.barriers);
  });
});

it('the diffusion network is as large as a real one', () => {
  expect(GRAPHS.UNet.commands.length).toBeGreaterThan(1250);
  expect(GRAPHS.UNet.commands.length).toBeLessThan(1750);
});
