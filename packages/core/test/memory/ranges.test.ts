import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeMap } from '../../src/memory/ranges.js';

const BYTES = 12;
const range = fc
  .tuple(fc.nat(BYTES), fc.nat(BYTES))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const operation = fc.record({
  range,
  kind: fc.constantFrom('add' as const, 'addMissing' as const, 'remove' as const),
});

/** The value at every byte, read out one by one. */
const bytesOf = (map: RangeMap<number>) =>
  Array.from({ length: BYTES }, (_, byte) => map.find(byte, byte + 1)?.value);

describe('RangeMap', () => {
  it('holds what a plain array of bytes would hold', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const map = new RangeMap<number>();
        const naive: (number | undefined)[] = new Array(BYTES).fill(undefined);
        operations.forEach(({ range: { start, end }, kind }, value) => {
          if (kind === 'remove') map.remove(start, end);
          else map[kind](start, end, value);
          for (let byte = start; byte < end; byte++) {
            if (kind === 'remove') naive[byte] = undefined;
            else if (kind === 'add') naive[byte] = value;
            else naive[byte] ??= value;
          }
        });
        expect(bytesOf(map)).toEqual(naive);
        expect(map.isEmpty).toBe(naive.every((value) => value === undefined));
      }),
      { numRuns: 500 },
    );
  });

  it('finds nothing in an empty range, also in the middle of another', () => {
    const map = new RangeMap([{ start: 0, end: 8, value: 1 }]);
    expect(map.find(4, 4)).toBeUndefined();
    map.remove(4, 4);
    expect(map.find(0, 8)).toEqual({ start: 0, end: 8, value: 1 });
  });

  it('is not changed through a clone', () => {
    const map = new RangeMap([{ start: 0, end: 8, value: 1 }]);
    map.clone().remove(0, 8);
    expect(map.isEmpty).toBe(false);
  });
});
