import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tabulate } from '../../src/planning/command-table.js';
import { alignedSizes, findLifetimes, inMoments, largestLiveSet } from '../../src/planning/liveness.js';
import { asColumns, asObjects } from '../helpers/lifetimes.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const identity = (count: number) => Int32Array.from({ length: count }, (_, i) => i);

describe('findLifetimes', () => {
  it('spans first to last use of every temporary, and knows no other memory', () => {
    fc.assert(
      fc.property(recordings(), ({ commands, resources }) => {
        const order = identity(commands.length);
        const found = asObjects(findLifetimes(tabulate(commands), resources, order));
        const expected = resources.flatMap(({ temporary, byteLength }, resource) => {
          const uses = commands.flatMap((command, i) =>
            command.uses.some((use) => use.resource === resource) ? [i] : [],
          );
          if (!temporary || uses.length === 0) return [];
          return [{ resource, byteLength, first: uses[0], last: uses[uses.length - 1] }];
        });
        expect(found.toSorted((a, b) => a.resource - b.resource)).toEqual(expected);
        expect(found.map(({ first }) => first)).toEqual(
          found.map(({ first }) => first).toSorted((a, b) => a - b),
        );
      }),
    );
  });

  it('counts in the moments of a given order', () => {
    const builder = new RecordingBuilder();
    const [a, b] = [builder.temporary(16), builder.temporary(16)];
    builder.fill(a).fill(b).copy(a, b);
    const reversed = Int32Array.of(1, 0, 2);
    const epochs = Int32Array.of(0, 0, 1);
    const lifetimes = findLifetimes(tabulate(builder.commands), builder.resources, reversed);
    expect(asObjects(inMoments(lifetimes, epochs))).toEqual([
      { resource: b, byteLength: 16, first: 0, last: 1 },
      { resource: a, byteLength: 16, first: 0, last: 1 },
    ]);
  });
});

describe('largestLiveSet', () => {
  it('is the largest sum of aligned sizes at any moment', () => {
    const lifetime = fc
      .tuple(fc.nat(20), fc.nat(20), fc.integer({ min: 1, max: 100 }))
      .map(([a, b, byteLength]) => ({
        first: Math.min(a, b),
        last: Math.max(a, b),
        byteLength,
        resource: 0,
      }));
    fc.assert(
      fc.property(fc.array(lifetime, { maxLength: 20 }), fc.constantFrom(16, 256), (lifetimes, alignment) => {
        const at = (moment: number) =>
          lifetimes
            .filter(({ first, last }) => first <= moment && moment <= last)
            .reduce((sum, { byteLength }) => sum + Math.ceil(byteLength / alignment) * alignment, 0);
        const expected = Math.max(0, ...Array.from({ length: 21 }, (_, moment) => at(moment)));
        const columns = asColumns(lifetimes);
        expect(largestLiveSet(columns, alignedSizes(columns, alignment))).toBe(expected);
      }),
    );
  });
});
