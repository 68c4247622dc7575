import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutImplied } from '../../src/planning/waits.js';
import { reachable } from '../helpers/bytes.js';

/** For each of up to 80 passes some passes before it, ascending. */
const waits = fc
  .array(fc.array(fc.nat(79), { maxLength: 4 }), { maxLength: 80 })
  .map((drawn) =>
    drawn.map((earlier, pass) => [...new Set(earlier.filter((each) => each < pass))].sort((a, b) => a - b)),
  );

const edgesOf = (all: readonly (readonly number[])[]) =>
  all.flatMap((earlier, later) => earlier.map((each) => [each, later] as const));

describe('withoutImplied', () => {
  it('keeps what every pass comes after, with no wait that follows from others', () => {
    fc.assert(
      fc.property(waits, (given) => {
        const kept = withoutImplied(given);
        const reach = reachable(given.length, edgesOf(given));
        expect(reachable(given.length, edgesOf(kept))).toEqual(reach);
        kept.forEach((earlier, pass) => {
          expect(earlier).toEqual(given[pass].filter((each) => earlier.includes(each)));
          for (const wait of earlier) {
            const implied = earlier.some((other) => other !== wait && reach[wait].has(other));
            expect(implied, `pass ${pass} waits for ${wait}`).toBe(false);
          }
        });
      }),
      { numRuns: 100 },
    );
  });

  it('takes chains of very many passes', () => {
    const passes = 3000;
    const chain = Array.from({ length: passes }, (_, pass) => (pass === 0 ? [] : [pass - 1]));
    const skipping = chain.map((earlier, pass) => (pass > 1 ? [0, ...earlier] : earlier));
    expect(String(withoutImplied(skipping))).toBe(String(chain));
    const two = chain.map((_, pass) => (pass < 2 ? [] : [pass - 2]));
    expect(String(withoutImplied(two))).toBe(String(two));
  });
});
