import { describe, expect, it } from 'vitest';
import { type PlanReport, reportPlan } from '../src/plan/report.js';
import { layers, planOf, upload } from './planned.js';

/** All barriers in order, each as its conflicts in words. */
const conflictsOf = (report: PlanReport) =>
  report.passes.flatMap(({ epochs }) =>
    epochs.flatMap(({ barrier }) =>
      barrier === undefined
        ? []
        : [
            barrier.conflicts.map(
              ({ hazard, resources, earlier, later }) =>
                `${earlier.label} -> ${later.label}: ${hazard} of ${resources.join(' / ')}`,
            ),
          ],
    ),
  );

describe('reportPlan', () => {
  it('names the two commands of each barrier and the memory between them', async () => {
    const report = reportPlan(await layers(2));
    expect(conflictsOf(report)).toEqual([
      ['write x -> layers.0/mlp/gate: read after write of x / x'],
      ['layers.0/mlp/gate -> layers.0/add: read after write of gate / gate'],
      ['layers.0/add -> layers.1/mlp/gate: read after write of add / add'],
      [expect.stringMatching(/^layers.1\/mlp\/gate -> layers.1\/add: read after write of gate \/ gate$/)],
    ]);
    expect(report.passes[0].epochs.map(({ commands }) => commands.map(({ label }) => label))).toEqual([
      ['write x'],
      ['layers.0/mlp/gate', 'layers.0/mlp/up'],
      ['layers.0/add'],
      ['layers.1/mlp/gate', 'layers.1/mlp/up'],
      ['layers.1/add'],
    ]);
  });

  it('tells memory that is reused from data that flows', async () => {
    const plan = await planOf(
      (device, combined) => {
        const x = upload(device, 1024, 'x');
        const kept = device.createBuffer({ byteLength: 1024, label: 'kept' });
        device.fill(kept, 1);
        const sum = combined('sum', x, kept);
        device.fill(kept, 2);
        return [sum, kept];
      },
      { planning: { lookAhead: 1 } },
    );
    expect(conflictsOf(reportPlan(plan))).toEqual([
      [
        expect.stringMatching(/^write x -> sum: read after write of x/),
        expect.stringMatching(/^fill kept -> sum: read after write of kept/),
      ],
      ['sum -> fill kept: write after read of kept / kept'],
    ]);
  });

  it('explains every memory of every barrier, with ranges that both commands touch', async () => {
    const plan = await layers(6);
    const report = reportPlan(plan);
    const barriers = report.passes.flatMap(({ epochs }) => epochs.flatMap(({ barrier }) => barrier ?? []));
    expect(barriers).toHaveLength(plan.barriers.length);
    for (const [i, { number, conflicts }] of barriers.entries()) {
      expect(number).toBe(i);
      expect(conflicts.map(({ memory }) => memory)).toEqual(plan.barriers[i].memory);
      for (const { earlier, later, byteLength } of conflicts) {
        expect(earlier.position).toBeLessThan(plan.barriers[i].position);
        expect(later.position).toBeGreaterThanOrEqual(plan.barriers[i].position);
        expect(byteLength).toBeGreaterThan(0);
      }
    }
  });

  it('has every command once, in order', async () => {
    const plan = await layers(6);
    const report = reportPlan(plan);
    const commands = report.passes.flatMap(({ epochs }) => epochs.flatMap((epoch) => epoch.commands));
    expect(commands.map(({ position }) => position)).toEqual(Array.from(plan.order, (_, i) => i));
    expect(commands.map(({ recorded }) => recorded)).toEqual([...plan.order]);
    expect(commands[1]).toMatchObject({
      kernel: 'test.combine',
      grid: [256, 1, 1],
      reads: ['x'],
      writes: ['gate'],
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});
