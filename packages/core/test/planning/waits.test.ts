import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Plan, planRecording } from '../../src/planning/plan.js';
import { allConflicts, reachable } from '../helpers/bytes.js';
import { EXPLICIT, ROOMY, SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';

/** Plans with many passes: by kind of command, or by tiny submissions. */
const plans: fc.Arbitrary<Plan> = fc
  .tuple(
    recordings({ commands: 16, bytes: 8 }),
    fc.constantFrom(1, 2, 3, 100),
    fc.constantFrom(1, 64),
    fc.boolean(),
  )
  .map(([recording, maxCommandsPerSubmission, lookAhead, separate]) =>
    planRecording(recording, ROOMY, separate ? SEPARATE_TRANSFERS : EXPLICIT, {
      lookAhead,
      bounds: { maxCommandsPerSubmission },
    }),
  );

/** Pairs of different passes that conflict in a byte of placed memory. */
function conflictingPasses(plan: Plan): [number, number][] {
  const passOf = (position: number) => plan.passes.findIndex(({ end }) => position < end);
  const pairs = allConflicts(plan.recording.commands, plan.order, plan).map(
    ({ earlier, later }): [number, number] => [passOf(earlier), passOf(later)],
  );
  return pairs.filter(([earlier, later]) => earlier !== later);
}

function uncovered(plan: Plan, waits: readonly (readonly number[])[]): [number, number][] {
  const edges = waits.flatMap((earlier, later) => earlier.map((each) => [each, later] as const));
  const reach = reachable(plan.passes.length, edges);
  return conflictingPasses(plan).filter(([earlier, later]) => !reach[earlier].has(later));
}

describe('waits between passes', () => {
  it('cover every conflict between passes, followed transitively', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(uncovered(plan, plan.waits)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  it('are all needed: without any one of them a conflict is uncovered', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        plan.waits.forEach((earlier, later) => {
          for (const dropped of earlier) {
            const fewer = plan.waits.map((each, i) =>
              i === later ? each.filter((pass) => pass !== dropped) : each,
            );
            expect(uncovered(plan, fewer), `pass ${later} without its wait for ${dropped}`).not.toEqual([]);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('are absent where the backend orders passes itself', () => {
    fc.assert(
      fc.property(recordings({ commands: 16 }), (recording) => {
        const plan = planRecording(recording, ROOMY, { ...SEPARATE_TRANSFERS, explicitWaits: false });
        expect(plan.waits.flat()).toEqual([]);
      }),
    );
  });
});
