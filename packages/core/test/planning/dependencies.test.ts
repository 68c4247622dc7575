import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tabulate } from '../../src/planning/command-table.js';
import { closureOf, type Dependencies, findDependencies } from '../../src/planning/dependencies.js';
import { allConflicts, reachable } from '../helpers/bytes.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

function edgesOf({ firstEdge, nextEdge, target }: Dependencies): [number, number][] {
  const edges: [number, number][] = [];
  firstEdge.forEach((first, from) => {
    for (let edge = first; edge >= 0; edge = nextEdge[edge]) edges.push([from, target[edge]]);
  });
  return edges;
}

describe('findDependencies', () => {
  it('orders exactly the pairs that conflicts, followed transitively, order', () => {
    fc.assert(
      fc.property(recordings({ commands: 14 }), ({ commands, resources }) => {
        const edges = edgesOf(findDependencies(tabulate(commands), resources.length));
        const conflicts = allConflicts(commands).map(({ earlier, later }) => [earlier, later] as const);
        expect(reachable(commands.length, edges)).toEqual(reachable(commands.length, conflicts));
      }),
      { numRuns: 400 },
    );
  });

  it('lists each edge once and counts those that arrive', () => {
    fc.assert(
      fc.property(recordings(), ({ commands, resources }) => {
        const dependencies = findDependencies(tabulate(commands), resources.length);
        const edges = edgesOf(dependencies);
        expect(new Set(edges.map(String)).size).toBe(edges.length);
        const incoming = commands.map((_, i) => edges.filter(([, to]) => to === i).length);
        expect([...dependencies.incoming]).toEqual(incoming);
      }),
    );
  });

  it('orders read after write, write after read and write after write, and not read after read', () => {
    const builder = new RecordingBuilder();
    const x = builder.memory(16);
    const y = builder.memory(16);
    builder
      .dispatch('write', { writes: [x] })
      .dispatch('read', { reads: [x], writes: [[y, 0, 8]] })
      .dispatch('read too', { reads: [x], writes: [[y, 8, 8]] })
      .dispatch('overwrite', { writes: [x] })
      .dispatch('overwrite again', { writes: [x] });
    const edges = edgesOf(findDependencies(tabulate(builder.commands), 2));
    expect(new Set(edges.map(String))).toEqual(new Set(['0,1', '0,2', '1,3', '2,3', '3,4']));
  });

  it('finds nothing between disjoint and touching ranges of one resource', () => {
    const builder = new RecordingBuilder();
    const x = builder.memory(64);
    builder
      .dispatch('left', { writes: [[x, 0, 16]] })
      .dispatch('right', { writes: [[x, 16, 16]] })
      .dispatch('far', { writes: [[x, 48, 16]] });
    expect(edgesOf(findDependencies(tabulate(builder.commands), 1))).toEqual([]);
  });
});

describe('closureOf', () => {
  it('takes what is wanted with everything it needs, and nothing else', () => {
    fc.assert(
      fc.property(
        recordings({ commands: 14 }),
        fc.array(fc.nat(13), { minLength: 1 }),
        (recording, picks) => {
          const { commands, resources } = recording;
          const wanted = picks.filter((pick) => pick < commands.length);
          const conflicts = allConflicts(commands).map(({ earlier, later }) => [earlier, later] as const);
          const reach = reachable(commands.length, conflicts);
          const expected = commands.map(
            (_, i) => wanted.includes(i) || wanted.some((want) => reach[i].has(want)),
          );
          expect(closureOf(tabulate(commands), resources.length, wanted)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});
