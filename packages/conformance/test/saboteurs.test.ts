/** The suite tests itself: each saboteur is caught by cases whose names say what is wrong. */

import { cpu } from '@wick/backend-cpu';
import { describe, expect, it } from 'vitest';
import { FAILURE_CASE, ZERO_FILL_CASE } from '../src/cases/regressions.js';
import * as completion from '../src/saboteurs/completion.js';
import * as kernels from '../src/saboteurs/kernels.js';
import * as ordering from '../src/saboteurs/ordering.js';
import { SABOTEURS } from '../src/saboteurs/saboteurs.js';
import * as state from '../src/saboteurs/state.js';
import * as transfers from '../src/saboteurs/transfers.js';
import { allCases } from '../src/suite/all-cases.js';
import { Conformance } from '../src/suite/run.js';
import type { Saboteur } from '../src/suite/stack.js';

/** Saboteurs with cases that catch them by the results alone, without the strict checker. */
const CAUGHT_BY: readonly (readonly [Saboteur, readonly string[]])[] = [
  [
    ordering.droppedBarriers,
    [
      'hazard: dispatch writes, then dispatch reads (same bytes, one pass)',
      'hazard: fill writes, then dispatch updates (overlapping bytes, one pass)',
      'invariant 1: any order that the plan allows gives the result of program order',
      'invariant 3: hazards are found through views, recycled and aliased memory',
    ],
  ],
  [
    ordering.noWriteAfterRead,
    [
      'hazard: dispatch reads, then dispatch writes (same bytes, one pass)',
      'hazard: copy reads, then fill writes (overlapping bytes, one pass)',
    ],
  ],
  [
    ordering.fillsAhead,
    [
      ZERO_FILL_CASE,
      'invariant 4: fills and uploads keep their place in the stream',
      'hazard: dispatch reads, then fill writes (same bytes, one pass)',
    ],
  ],
  [
    completion.earlyRecycling,
    ['invariant 5: recycled memory waits for its last reader', 'random graphs: as users run it'],
  ],
  [
    completion.ignoredFailure,
    [
      FAILURE_CASE,
      'invariant 7: what a failed submission should have written cannot be read',
      'fault: submission fails, once, at every call',
    ],
  ],
  [
    completion.unboundedSubmissions,
    [FAILURE_CASE, 'invariant 6: submissions and those in flight are bounded, without deadlock'],
  ],
  [
    ordering.droppedWaits,
    ['hazard: dispatch reads, then copy writes (same bytes, passes of one submission)', ZERO_FILL_CASE],
  ],
  [state.stickyParams, ['invariant 9: every step has all its bindings, its pipeline and its own parameters']],
  [completion.earlyCompletion, ['invariant 4: fills and uploads keep their place in the stream']],
  [
    ordering.hazardsByHandle,
    [
      'hazard: dispatch writes, then dispatch reads (overlapping bytes, one pass)',
      'invariant 3: hazards are found through views, recycled and aliased memory',
    ],
  ],
  [
    ordering.uploadsAhead,
    [
      'invariant 10: an upload does not touch memory that pending work reads',
      'hazard: dispatch reads, then upload writes (same bytes, one pass)',
    ],
  ],
  [
    ordering.droppedSubmissionWaits,
    ['hazard: dispatch writes, then dispatch reads (same bytes, two submissions of one plan)'],
  ],
  [
    completion.lastingFailure,
    [
      'fault: submission fails, once, at every call',
      'concurrency: a submission fails while users work: each has the right answer or the error',
    ],
  ],
  [
    completion.staleReads,
    [
      'invariant 10: a read has the bytes of its moment',
      'concurrency: users of one device, interleaved, as users run it',
    ],
  ],
  [
    state.stickyBindings,
    ['invariant 9: every step has all its bindings, its pipeline and its own parameters'],
  ],
  [
    state.stickyPipeline,
    ['invariant 9: a dispatch runs its own pipeline, after another of as many bindings'],
  ],
  [
    state.openWhileDraining,
    [
      'life cycle: write on a device that is draining',
      'life cycle: createBuffer on a device that is draining',
    ],
  ],
  [state.lateParams, ['invariant 9: every replay has its own parameters, also while others are in flight']],
  [transfers.shortCopies, ['memory: a copy moves every byte of lengths that are no multiple of 4 or 16']],
  [transfers.byteFills, ['memory: a fill writes all 32 bits of its value']],
  [
    kernels.lastWorkgroupShort,
    [
      'kernel unary, float32: neg, 4097 elements, one in the last workgroup',
      'kernel unary, float16: neg, 4095 elements, the last workgroup one short',
    ],
  ],
  [kernels.overrun, ['memory: nothing is written in front of or behind an output (canaries)']],
  [kernels.halfAccumulation, ['kernel reduce, float16: sum, 4096 ones, more than float16 can count']],
  [
    kernels.nanToZero,
    [
      'kernel unary, float32: neg of NaN, infinities, zeros and subnormals',
      'kernel binary, float32: add of NaN, infinities, zeros and subnormals',
      'kernel reduce, float32: max, NaN and infinities',
    ],
  ],
  [kernels.gatherBeyond, ['kernel gather_rows, float32: indices outside']],
  [kernels.integersAsFloats, ['kernel binary, int32: add of integers beyond 2^24']],
  [kernels.truncatedHalves, ['kernel cast, float32: to float16, to nearest, ties to even']],
  [kernels.ignoredStrides, ['kernel strided_copy, float32: permuted']],
];

const cases = new Map(allCases().map((given) => [given.name, given]));

describe('saboteurs', () => {
  it('are all listed', () => {
    const caught = CAUGHT_BY.map(([saboteur]) => saboteur.name);
    expect(caught.sort()).toEqual(SABOTEURS.map(({ name }) => name).sort());
    expect(new Set(caught).size).toBe(caught.length);
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
    const checked = new Conformance({ ...cpu(), saboteur: ordering.droppedBarriers, seeds: 0 });
    const { status, error } = await checked.run(given);
    expect(status).toBe('failed');
    expect(String(error)).toContain('race');
  });
});
