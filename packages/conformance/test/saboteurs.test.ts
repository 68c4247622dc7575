/** The suite tests itself: each saboteur is caught by cases whose names say what is wrong. */

import { cpu } from '@wick/backend-cpu';
import { describe, expect, it } from 'vitest';
import { FAILURE_CASE, ZERO_FILL_CASE } from '../src/cases/regressions.js';
import {
  droppedBarriers,
  droppedWaits,
  earlyCompletion,
  earlyRecycling,
  fillsAhead,
  ignoredFailure,
  noWriteAfterRead,
  SABOTEURS,
  stickyParams,
  unboundedSubmissions,
} from '../src/saboteurs/saboteurs.js';
import { allCases } from '../src/suite/all-cases.js';
import { Conformance } from '../src/suite/run.js';
import type { Saboteur } from '../src/suite/stack.js';

/** Saboteurs with cases that catch them by the results alone, without the strict checker. */
const CAUGHT_BY: readonly (readonly [Saboteur, readonly string[]])[] = [
  [
    droppedBarriers,
    [
      'hazard: dispatch writes, then dispatch reads (same bytes, one pass)',
      'hazard: fill writes, then dispatch updates (overlapping bytes, one pass)',
      'invariant 1: any order that the plan allows gives the result of program order',
      'invariant 3: hazards are found through views, recycled and aliased memory',
    ],
  ],
  [
    noWriteAfterRead,
    [
      'hazard: dispatch reads, then dispatch writes (same bytes, one pass)',
      'hazard: copy reads, then fill writes (overlapping bytes, one pass)',
    ],
  ],
  [
    fillsAhead,
    [
      ZERO_FILL_CASE,
      'invariant 4: fills and uploads keep their place in the stream',
      'hazard: dispatch reads, then fill writes (same bytes, one pass)',
    ],
  ],
  [
    earlyRecycling,
    ['invariant 5: recycled memory waits for its last reader', 'random graphs: as users run it'],
  ],
  [
    ignoredFailure,
    [
      FAILURE_CASE,
      'invariant 7: what a failed submission should have written cannot be read',
      'fault: submission fails, once, at every call',
    ],
  ],
  [
    unboundedSubmissions,
    [FAILURE_CASE, 'invariant 6: submissions and those in flight are bounded, without deadlock'],
  ],
  [
    droppedWaits,
    ['hazard: dispatch reads, then copy writes (same bytes, passes of one submission)', ZERO_FILL_CASE],
  ],
  [stickyParams, ['invariant 9: every step has all its bindings, its pipeline and its own parameters']],
  [earlyCompletion, ['invariant 4: fills and uploads keep their place in the stream']],
];

const cases = new Map(allCases().map((given) => [given.name, given]));

describe('saboteurs', () => {
  it('are all listed', () => {
    expect(CAUGHT_BY.map(([saboteur]) => saboteur)).toEqual(SABOTEURS);
  });

  for (const [saboteur, names] of CAUGHT_BY) {
    describe(saboteur.name, () => {
      it.each(names)('is caught by "%s"', async (name) => {
        const given = cases.get(name);
        if (given === undefined) throw new Error(`there is no case "${name}"`);
        const broken = new Conformance({ ...cpu({ scrub: true }), saboteur, strict: false, seeds: 2 });
        expect((await broken.run(given)).status).toBe('failed');
        const whole = new Conformance({ ...cpu({ scrub: true }), strict: false, seeds: 2 });
        const { status, error } = await whole.run(given);
        expect(status, String(error)).toBe('passed');
      });
    });
  }

  it('that break the step list are caught by the strict checker too', async () => {
    const given = cases.get('hazard: dispatch reads, then dispatch writes (same bytes, one pass)');
    if (given === undefined) throw new Error('the case is gone');
    const checked = new Conformance({ ...cpu(), saboteur: droppedBarriers, seeds: 0 });
    const { status, error } = await checked.run(given);
    expect(status).toBe('failed');
    expect(String(error)).toContain('race');
  });
});
