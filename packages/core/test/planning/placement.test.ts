import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignedSizes, largestLiveSet } from '../../src/planning/liveness.js';
import { placeTemporaries } from '../../src/planning/placement.js';
import { asColumns, type Lifetime } from '../helpers/lifetimes.js';

const MOMENTS = 30;

/** Random lifetimes by ascending `first`, as `findLifetimes` gives them. */
const lifetimes = (most: number): fc.Arbitrary<Lifetime[]> =>
  fc
    .array(fc.tuple(fc.nat(MOMENTS), fc.nat(MOMENTS), fc.integer({ min: 1, max: 5000 })), { maxLength: most })
    .map((drawn) =>
      drawn
        .map(([a, b, byteLength]) => ({ first: Math.min(a, b), last: Math.max(a, b), byteLength }))
        .sort((a, b) => a.first - b.first)
        .map((life, resource) => ({ ...life, resource })),
    );

const alignments = fc.constantFrom(16, 64, 256);

function place(lives: readonly Lifetime[], alignment: number, lanes: readonly number[] = lives.map(() => 0)) {
  return placeTemporaries(asColumns(lives), Int32Array.from(lanes), Math.max(0, ...lanes) + 1, alignment);
}

function live(lives: readonly Lifetime[], alignment: number): number {
  const columns = asColumns(lives);
  return largestLiveSet(columns, alignedSizes(columns, alignment));
}

describe('placeTemporaries', () => {
  it('never lets two that are alive together share a byte, keeps alignment, stays inside its lanes', () => {
    fc.assert(
      fc.property(
        lifetimes(60),
        alignments,
        fc.array(fc.nat(2), { minLength: 60, maxLength: 60 }),
        (lives, alignment, drawn) => {
          const lanes = drawn.slice(0, lives.length);
          const { lane, offset, laneBytes } = place(lives, alignment, lanes);
          expect([...lane]).toEqual(lanes);
          lives.forEach((a, i) => {
            expect(offset[i] % alignment).toBe(0);
            expect(offset[i] + a.byteLength).toBeLessThanOrEqual(laneBytes[lane[i]]);
            for (let j = 0; j < i; j++) {
              const b = lives[j];
              const together = a.first <= b.last && b.first <= a.last && lane[i] === lane[j];
              const share = offset[i] < offset[j] + b.byteLength && offset[j] < offset[i] + a.byteLength;
              expect(together && share, `${j} and ${i}`).toBe(false);
            }
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never needs more than every temporary on its own, nor less than the largest live set', () => {
    fc.assert(
      fc.property(lifetimes(60), alignments, (lives, alignment) => {
        const [bytes] = place(lives, alignment).laneBytes;
        const apart = lives.reduce(
          (sum, { byteLength }) => sum + Math.ceil(byteLength / alignment) * alignment,
          0,
        );
        expect(bytes).toBeLessThanOrEqual(apart);
        expect(bytes).toBeGreaterThanOrEqual(live(lives, alignment));
      }),
    );
  });

  it('lets a chain live in the two largest neighbours', () => {
    const lives = Array.from({ length: 100 }, (_, i) => ({
      resource: i,
      first: i,
      last: i + 1,
      byteLength: 4096,
    }));
    expect(place(lives, 16).laneBytes).toEqual([8192]);
  });

  it('extends a hole at the end of the arena instead of leaving it behind', () => {
    const lives = [
      { resource: 0, first: 0, last: 9, byteLength: 64 },
      { resource: 1, first: 0, last: 1, byteLength: 64 },
      { resource: 2, first: 2, last: 9, byteLength: 256 },
    ];
    expect(place(lives, 16).laneBytes).toEqual([320]);
  });

  it('places nothing in nothing', () => {
    expect(place([], 16).laneBytes).toEqual([0]);
  });

  it('stays near the largest live set for random lifetimes', () => {
    // No bound holds for every instance; over many, the packing should be good on average.
    let placed = 0;
    let needed = 0;
    for (const lives of fc.sample(lifetimes(60), { numRuns: 200, seed: 7 })) {
      placed += place(lives, 16).laneBytes[0];
      needed += live(lives, 16);
    }
    expect(placed / needed).toBeLessThan(1.05);
  });
});
