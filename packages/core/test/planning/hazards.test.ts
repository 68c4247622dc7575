import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { separateKinds, tabulate } from '../../src/planning/command-table.js';
import { findHazards, type Hazards } from '../../src/planning/hazards.js';
import { cutPasses, type Pass } from '../../src/planning/passes.js';
import type { Recording } from '../../src/recording/commands.js';
import { allConflicts, type Conflict, type Placed } from '../helpers/bytes.js';
import { EXPLICIT, ROOMY, SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

interface Case {
  readonly recording: Recording;
  readonly order: Int32Array;
  readonly placed: { readonly memoryOf: Int32Array; readonly offsetOf: Float64Array };
}

/** A recording in program order, with its resources thrown into two memories at random offsets: they alias. */
const cases = (commands: number): fc.Arbitrary<Case> =>
  fc
    .tuple(
      recordings({ commands, resources: 3, bytes: 6 }),
      fc.array(fc.tuple(fc.nat(1), fc.nat(6)), { minLength: 3, maxLength: 3 }),
    )
    .map(([recording, places]) => ({
      recording,
      order: Int32Array.from(recording.commands, (_, i) => i),
      placed: {
        memoryOf: Int32Array.from(places, ([memory]) => memory),
        offsetOf: Float64Array.from(places, ([, offset]) => offset),
      },
    }));

function hazardsOf({ recording, order, placed }: Case, passes: readonly Pass[]): Hazards {
  return findHazards(tabulate(recording.commands), order, passes, placed, 2, true);
}

function onePass({ order }: Case): Pass[] {
  return [{ kind: 'compute', submission: 0, first: 0, end: order.length }];
}

const separates = (position: number, { earlier, later }: Conflict) => earlier < position && position <= later;

/** The fewest barriers that keep all conflicts apart, by trying every subset of positions. */
function fewestBarriers(count: number, conflicts: readonly Conflict[]): number {
  let fewest = count;
  for (let subset = 0; subset < 1 << (count - 1); subset++) {
    const positions: number[] = [];
    for (let bit = 0; bit < count - 1; bit++) if (subset & (1 << bit)) positions.push(bit + 1);
    if (positions.length >= fewest) continue;
    if (conflicts.every((conflict) => positions.some((position) => separates(position, conflict)))) {
      fewest = positions.length;
    }
  }
  return fewest;
}

describe('barriers inside a pass', () => {
  it('are as few as brute force finds', () => {
    fc.assert(
      fc.property(cases(9), (drawn) => {
        const { recording, order, placed } = drawn;
        const conflicts = allConflicts(recording.commands, order, placed as Placed);
        expect(hazardsOf(drawn, onePass(drawn)).barriers.length).toBe(
          fewestBarriers(order.length, conflicts),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('stand between every conflict and name its memory', () => {
    fc.assert(
      fc.property(cases(14), (drawn) => {
        const { barriers } = hazardsOf(drawn, onePass(drawn));
        const { recording, order, placed } = drawn;
        for (const conflict of allConflicts(recording.commands, order, placed as Placed)) {
          const between = barriers.filter(({ position }) => separates(position, conflict));
          const named = new Set(between.flatMap(({ memory }) => memory));
          expect([...conflict.memory].filter((memory) => !named.has(memory))).toEqual([]);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('name nothing that could be left out, and a cause that is a conflict', () => {
    fc.assert(
      fc.property(cases(14), (drawn) => {
        const { recording, order, placed } = drawn;
        const conflicts = allConflicts(recording.commands, order, placed as Placed);
        const { barriers } = hazardsOf(drawn, onePass(drawn));
        for (const { position, memory, earlier: cause } of barriers) {
          expect(new Set(memory).size).toBe(memory.length);
          for (const entry of memory) {
            const relies = conflicts.filter((each) => each.memory.has(entry) && separates(position, each));
            const others = barriers.filter(
              (each) => each.position !== position && each.memory.includes(entry),
            );
            const needed = relies.some((each) => !others.some((other) => separates(other.position, each)));
            expect(needed, `memory ${entry} at ${position}`).toBe(true);
          }
          expect(conflicts.some(({ earlier, later }) => earlier === cause && later === position)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are not needed where a pass ends', () => {
    fc.assert(
      fc.property(cases(12), (drawn) => {
        const { recording, order } = drawn;
        const bounds = { ...ROOMY, maxCommandsPerSubmission: 1 };
        const passes = cutPasses(tabulate(recording.commands), order, separateKinds(EXPLICIT), bounds);
        expect(passes.length).toBe(order.length);
        expect(hazardsOf(drawn, passes).barriers).toEqual([]);
      }),
    );
  });

  it('hold inside each of several passes', () => {
    fc.assert(
      fc.property(cases(14), (drawn) => {
        const { recording, order, placed } = drawn;
        const passes = cutPasses(
          tabulate(recording.commands),
          order,
          separateKinds(SEPARATE_TRANSFERS),
          ROOMY,
        );
        const { barriers } = hazardsOf(drawn, passes);
        const passOf = (position: number) => passes.findIndex(({ end }) => position < end);
        for (const conflict of allConflicts(recording.commands, order, placed as Placed)) {
          if (passOf(conflict.earlier) !== passOf(conflict.later)) continue;
          const between = barriers.filter(({ position }) => separates(position, conflict));
          const named = new Set(between.flatMap(({ memory }) => memory));
          expect([...conflict.memory].every((memory) => named.has(memory))).toBe(true);
        }
        for (const { position } of barriers) {
          expect(passOf(position - 1), 'a barrier at the beginning of a pass').toBe(passOf(position));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('conflicts', () => {
  const barriersOf = (builder: RecordingBuilder): number => {
    const { commands, resources } = builder;
    const order = Int32Array.from(commands, (_, i) => i);
    const memoryOf = Int32Array.from(resources, (_, i) => i);
    const passes: Pass[] = [{ kind: 'compute', submission: 0, first: 0, end: order.length }];
    const placed = { memoryOf, offsetOf: new Float64Array(resources.length) };
    return findHazards(tabulate(commands), order, passes, placed, resources.length, true).barriers.length;
  };

  it.each([
    ['disjoint writes', [0, 16], [32, 16], 0],
    ['touching writes', [0, 16], [16, 16], 0],
    ['writes that share one byte', [0, 17], [16, 16], 1],
    ['a write inside another', [0, 64], [16, 4], 1],
  ] as const)('%s of one resource', (_, [aStart, aLength], [bStart, bLength], expected) => {
    const builder = new RecordingBuilder();
    const x = builder.memory(64);
    builder
      .dispatch('a', { writes: [[x, aStart, aLength]] })
      .dispatch('b', { writes: [[x, bStart, bLength]] });
    expect(barriersOf(builder)).toBe(expected);
  });

  it('arise from write after read too, and never between reads', () => {
    const build = (second: 'reads' | 'writes') => {
      const builder = new RecordingBuilder();
      const [x, y, z] = [builder.memory(16), builder.memory(16), builder.memory(16)];
      builder.dispatch('a', { reads: [x], writes: [y] });
      return builder.dispatch('b', { [second]: [x], ...(second === 'reads' ? { writes: [z] } : {}) });
    };
    expect(barriersOf(build('writes'))).toBe(1);
    expect(barriersOf(build('reads'))).toBe(0);
  });

  it('of a diamond cost two barriers, not three', () => {
    const builder = new RecordingBuilder();
    const [a, b, c, d] = [builder.memory(16), builder.memory(16), builder.memory(16), builder.memory(16)];
    builder
      .dispatch('top', { writes: [a] })
      .dispatch('left', { reads: [a], writes: [b] })
      .dispatch('right', { reads: [a], writes: [c] })
      .dispatch('bottom', { reads: [b, c], writes: [d] });
    expect(barriersOf(builder)).toBe(2);
  });
});
