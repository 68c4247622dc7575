import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessMap } from '../../src/planning/access-map.js';
import { AccessTable } from '../../src/planning/access-table.js';
import { READ, WRITE } from '../../src/recording/commands.js';

const LINES = 3;
const BYTES = 12;

const use = fc.record({
  line: fc.nat(LINES - 1),
  /** Mostly one range, which a table keeps in its columns. */
  range: fc.oneof(
    { weight: 3, arbitrary: fc.constant([0, BYTES] as const) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(BYTES), fc.nat(BYTES)) },
  ),
  access: fc.constantFrom(READ, WRITE, READ | WRITE),
  /** Whether it belongs to the same command as the use before it. */
  sameId: fc.boolean(),
});

describe('AccessTable', () => {
  it('finds what a map for each line finds, in the same order', () => {
    fc.assert(
      fc.property(fc.array(use, { maxLength: 40 }), (uses) => {
        const table = new AccessTable(LINES, uses.length);
        const maps = Array.from({ length: LINES }, () => new AccessMap());
        let id = 0;
        for (const { line, range, access, sameId } of uses) {
          if (!sameId) id++;
          const [start, end] = [Math.min(...range), Math.max(...range)];
          const expected: number[] = [];
          const note = (earlier: number) => expected.push(earlier);
          if (access & READ) maps[line].read(start, end, id, note);
          if (access & WRITE) maps[line].write(start, end, id, note);
          const count = table.use(line, start, end, access, id);
          expect(table.found.slice(0, count)).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });
});
