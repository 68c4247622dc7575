import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AccessMap } from '../../src/planning/access-map.js';

const BYTES = 16;

/** What the map promises, byte by byte. */
class NaiveMap {
  readonly #writer: number[] = new Array(BYTES).fill(-1);
  readonly #readers: Set<number>[] = Array.from({ length: BYTES }, () => new Set());

  read(start: number, end: number, id: number): Set<number> {
    const before = new Set<number>();
    for (let byte = start; byte < end; byte++) {
      if (this.#writer[byte] >= 0) before.add(this.#writer[byte]);
      this.#readers[byte].add(id);
    }
    before.delete(id);
    return before;
  }

  write(start: number, end: number, id: number): Set<number> {
    const before = new Set<number>();
    for (let byte = start; byte < end; byte++) {
      const readers = [...this.#readers[byte]].filter((reader) => reader !== id);
      for (const reader of readers) before.add(reader);
      if (readers.length === 0 && this.#writer[byte] >= 0) before.add(this.#writer[byte]);
      this.#writer[byte] = id;
      this.#readers[byte].clear();
    }
    before.delete(id);
    return before;
  }

  lastWriter(start: number, end: number): number {
    return Math.max(-1, ...this.#writer.slice(start, end));
  }
}

const range = fc
  .tuple(fc.nat(BYTES), fc.nat(BYTES))
  .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
const operation = fc.record({
  range,
  kind: fc.constantFrom('read' as const, 'write' as const),
  /** Whether it belongs to the same command as the operation before it. */
  sameId: fc.boolean(),
});

function visited(run: (visit: (id: number) => void) => void): Set<number> {
  const ids = new Set<number>();
  run((id) => ids.add(id));
  return ids;
}

describe('AccessMap', () => {
  it('names the same predecessors as a model that keeps every byte', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), range, (operations, asked) => {
        const map = new AccessMap();
        const naive = new NaiveMap();
        let id = 0;
        for (const { range, kind, sameId } of operations) {
          if (!sameId) id++;
          const { start, end } = range;
          const found = visited((visit) => map[kind](start, end, id, visit));
          expect(found).toEqual(naive[kind](start, end, id));
        }
        expect(map.lastWriter(asked.start, asked.end)).toBe(naive.lastWriter(asked.start, asked.end));
      }),
      { numRuns: 2000 },
    );
  });

  it('drops settled readers without losing any that is not settled', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ operation, settle: fc.nat(3) }), { minLength: 12, maxLength: 60 }),
        (operations) => {
          const map = new AccessMap();
          const naive = new NaiveMap();
          let settled = 0;
          let id = 0;
          for (const { operation, settle } of operations) {
            id++;
            settled = Math.min(id - 1, settled + settle);
            const { range, kind } = operation;
            const found = visited((visit) => map[kind](range.start, range.end, id, visit, settled));
            const expected = naive[kind](range.start, range.end, id);
            const open = (ids: Set<number>) => [...ids].filter((each) => each > settled).sort();
            expect(open(found)).toEqual(open(expected));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps few readers of memory that is only read, once they are settled', () => {
    const map = new AccessMap();
    map.write(0, 16, 1, () => {});
    for (let id = 2; id < 10_000; id++) map.read(0, 16, id, () => {}, id - 4);
    let visits = 0;
    map.write(0, 16, 10_000, () => visits++);
    expect(visits).toBeLessThan(16);
  });

  it('lets ranges that only touch pass each other', () => {
    const map = new AccessMap();
    map.write(0, 8, 1, () => {});
    expect(visited((visit) => map.write(8, 16, 2, visit))).toEqual(new Set());
    expect(visited((visit) => map.read(16, 24, 3, visit))).toEqual(new Set());
    expect(visited((visit) => map.read(7, 9, 4, visit))).toEqual(new Set([1, 2]));
  });

  it('ignores empty ranges, also in the middle of a segment', () => {
    const map = new AccessMap();
    map.write(0, 8, 1, () => {});
    expect(visited((visit) => map.write(4, 4, 2, visit))).toEqual(new Set());
    expect(visited((visit) => map.read(4, 4, 3, visit))).toEqual(new Set());
    expect(map.segments).toBe(1);
    expect(map.lastWriter(0, 8)).toBe(1);
  });

  it('merges everything that a write covers into one segment', () => {
    const map = new AccessMap();
    for (let at = 0; at < 256; at += 4) map.write(at, at + 4, at, () => {});
    expect(map.segments).toBe(64);
    map.write(0, 256, 300, () => {});
    expect(map.segments).toBe(1);
  });
});
