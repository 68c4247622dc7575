import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, type PlanningOptions, planRecording } from '../../src/planning/plan.js';
import { llamaGraph } from '../helpers/graphs.js';
import { COARSE, EXPLICIT, ROOMY, SEPARATE_TRANSFERS, WHOLE_BUFFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const platforms = fc.constantFrom(
  [ROOMY, EXPLICIT] as const,
  [ROOMY, SEPARATE_TRANSFERS] as const,
  [COARSE, WHOLE_BUFFERS] as const,
);
const options: fc.Arbitrary<PlanningOptions> = fc.record({
  lookAhead: fc.constantFrom(1, 4, 64),
  placement: fc.constantFrom('share' as const, 'tight' as const, 'apart' as const),
  barriersEverywhere: fc.boolean(),
  bounds: fc.record({ maxCommandsPerSubmission: fc.constantFrom(1, 3, 1000) }),
});
const larger = recordings({ commands: 24, resources: 8 });

describe('planRecording', () => {
  it('makes the same plan of the same recording', () => {
    fc.assert(
      fc.property(larger, platforms, options, (recording, [limits, capabilities], chosen) => {
        const plan = () => planRecording(recording, limits, capabilities, chosen);
        expect(plan()).toEqual(plan());
      }),
    );
  });

  it('never lets two temporaries alive together share a byte', () => {
    fc.assert(
      fc.property(larger, platforms, options, (recording, [limits, capabilities], chosen) => {
        const { temporaries, memory } = planRecording(recording, limits, capabilities, chosen);
        temporaries.forEach((a, i) => {
          const arena = memory[a.memory];
          expect(arena.kind === 'arena' && a.offset + a.byteLength <= arena.byteLength).toBe(true);
          for (const b of temporaries.slice(0, i)) {
            const alive = a.first <= b.last && b.first <= a.last;
            const share = a.offset < b.offset + b.byteLength && b.offset < a.offset + a.byteLength;
            expect(alive && share && a.memory === b.memory).toBe(false);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('names all memory that is used, and external memory at offset 0', () => {
    fc.assert(
      fc.property(larger, platforms, options, (recording, [limits, capabilities], chosen) => {
        const { memory, memoryOf, offsetOf } = planRecording(recording, limits, capabilities, chosen);
        const used = new Set(recording.commands.flatMap(({ uses }) => uses.map(({ resource }) => resource)));
        recording.resources.forEach(({ temporary }, resource) => {
          if (!used.has(resource)) {
            expect(memoryOf[resource]).toBe(-1);
          } else if (temporary) {
            expect(memory[memoryOf[resource]].kind).toBe('arena');
          } else {
            expect(memory[memoryOf[resource]]).toMatchObject({ kind: 'resource', resource });
            expect(offsetOf[resource]).toBe(0);
          }
        });
      }),
    );
  });

  it('counts what it decided', () => {
    fc.assert(
      fc.property(larger, platforms, options, (recorded, [limits, capabilities], chosen) => {
        const plan = planRecording(recorded, limits, capabilities, chosen);
        // As made legal for the platform: copies may have been added.
        const { figures, passes, barriers, memory, recording } = plan;
        const dispatches = recording.commands.filter(({ kind }) => kind === 'dispatch').length;
        const arenas = memory.reduce((sum, each) => sum + (each.kind === 'arena' ? each.byteLength : 0), 0);
        expect(figures).toMatchObject({
          commands: recording.commands.length,
          dispatches,
          transfers: recording.commands.length - dispatches,
          passes: passes.length,
          barriers: barriers.length,
          epochs: passes.length + barriers.length,
          submissions: new Set(passes.map(({ submission }) => submission)).size,
          plannedBytes: arenas,
        });
      }),
    );
  });

  it('puts a barrier in front of every command but the first of a pass when asked to', () => {
    const recording = llamaGraph({ layers: 2, tokens: 4, width: 64, hidden: 128, vocabulary: 100 });
    const plan = planRecording(recording, ROOMY, EXPLICIT, { barriersEverywhere: true });
    expect(plan.figures.barriers).toBe(plan.figures.commands - plan.figures.passes);
    expect(plan.barriers.every(({ memory }) => memory.length === plan.memory.length)).toBe(true);
  });

  it('gives up on arenas where one would be longer than an allocation may be', () => {
    const builder = new RecordingBuilder();
    const temporaries = Array.from({ length: 4 }, () => builder.temporary(1024));
    for (const temporary of temporaries) builder.fill(temporary);
    for (const temporary of temporaries) builder.dispatch('use', { updates: [temporary] });
    const plan = planRecording(builder.build(), { ...ROOMY, maxAllocationBytes: 2048 }, EXPLICIT);
    expect(plan.memory.map((each) => each.kind === 'arena' && each.byteLength)).toEqual([
      1024, 1024, 1024, 1024,
    ]);
  });

  it('takes bounds tighter than the backend has, not wider ones', () => {
    const builder = new RecordingBuilder();
    const x = builder.memory(16);
    for (let i = 0; i < 10; i++) builder.dispatch(`${i}`, { updates: [x] });
    const limits = { ...ROOMY, maxCommandsPerSubmission: 5 };
    const submissions = (most: number) =>
      planRecording(builder.build(), limits, EXPLICIT, { bounds: { maxCommandsPerSubmission: most } }).figures
        .submissions;
    expect(submissions(2)).toBe(5);
    expect(submissions(100)).toBe(2);
  });
});

describe('the cost of planning', () => {
  /** Milliseconds for a Llama of about `commands` commands; the best of some tries. */
  function timeOf(commands: number): number {
    const layers = Math.round(commands / 18);
    const recording = llamaGraph({ layers, tokens: 4, width: 64, hidden: 128, vocabulary: 100 });
    const times = Array.from({ length: 5 }, () => {
      const begun = performance.now();
      const plan: Plan = planRecording(recording, ROOMY, EXPLICIT);
      expect(plan.figures.commands).toBe(recording.commands.length);
      return performance.now() - begun;
    });
    return Math.min(...times);
  }

  it('grows with the number of commands, not with its square', () => {
    timeOf(1000); // warm up
    const [thousand, tenThousand] = [timeOf(1000), timeOf(10_000)];
    console.log(
      `planning: ${thousand.toFixed(1)} ms for 1,000 commands, ${tenThousand.toFixed(1)} ms for 10,000`,
    );
    // Ten times the work; the square would be a hundred. The margin is for a busy machine.
    expect(tenThousand).toBeLessThan(40 * Math.max(1, thousand));
  });
});
