import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legalize } from '../../src/planning/legalize.js';
import { type Command, READ, type Recording, WRITE } from '../../src/recording/commands.js';
import { EXPLICIT, WHOLE_BUFFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

/** Recordings of few resources, so that commands read and write one of them at a time. */
const mixed = recordings({ commands: 12, resources: 2, bytes: 12 });

/** Runs commands on bytes: a copy copies, any other writes a hash of its name and of all that it reads. */
function simulate({ commands, resources }: Recording): number[][] {
  const memory = resources.map(({ byteLength }, i) =>
    Array.from({ length: byteLength }, (_, at) => 7 * i + at),
  );
  for (const command of commands) {
    const read = command.uses.flatMap(({ resource, offset, byteLength, access }) =>
      access & READ ? memory[resource].slice(offset, offset + byteLength) : [],
    );
    const hash = [...command.label, ...read].reduce(
      (sum: number, each) => (sum * 31 + hashOf(each)) % 65_521,
      7,
    );
    for (const { resource, offset, byteLength, access } of command.uses) {
      if (!(access & WRITE)) continue;
      for (let i = 0; i < byteLength; i++)
        memory[resource][offset + i] = command.kind === 'copy' ? read[i] : hash + i;
    }
  }
  return memory;
}

const hashOf = (each: string | number) => (typeof each === 'number' ? each : each.charCodeAt(0));

function readsAndWritesOne({ uses }: Command): boolean {
  return uses.some(
    (use) =>
      use.access === READ && uses.some((other) => other.access & WRITE && other.resource === use.resource),
  );
}

describe('legalize', () => {
  it('leaves no command that reads one range of a resource and writes another', () => {
    fc.assert(
      fc.property(mixed, (recording) => {
        const { commands } = legalize(recording, WHOLE_BUFFERS);
        expect(commands.filter(readsAndWritesOne).map(({ label }) => label)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing of what comes out', () => {
    fc.assert(
      fc.property(mixed, (recording) => {
        const legal = legalize(recording, WHOLE_BUFFERS);
        expect(simulate(legal).slice(0, recording.resources.length)).toEqual(simulate(recording));
        expect(legal.resources.slice(0, recording.resources.length)).toEqual(recording.resources);
        expect(legal.resources.slice(recording.resources.length).every(({ temporary }) => temporary)).toBe(
          true,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('copies each range once, and keeps the order of bindings', () => {
    const builder = new RecordingBuilder();
    const x = builder.memory(512, 'x');
    const left = [x, 0, 64] as const;
    builder.dispatch('twice', { reads: [left, left, [x, 64, 64]], writes: [[x, 256, 64]] });
    const { commands } = legalize(builder.build(), WHOLE_BUFFERS);
    expect(commands.map(({ kind }) => kind)).toEqual(['copy', 'copy', 'dispatch']);
    const [first, second] = commands.slice(0, 2).map(({ uses }) => uses[1]?.resource);
    expect(commands[2].uses.map(({ resource }) => resource)).toEqual([first, first, second, x]);
  });

  it('hands back the recording itself where there is nothing to do', () => {
    const builder = new RecordingBuilder();
    const x = builder.memory(64);
    const recording = builder.dispatch('in place', { updates: [x] }).build();
    expect(legalize(recording, WHOLE_BUFFERS)).toBe(recording);
    const disjoint = builder.copy([x, 0, 16], [x, 16, 16]).build();
    expect(legalize(disjoint, EXPLICIT)).toBe(disjoint);
    expect(legalize(disjoint, WHOLE_BUFFERS)).not.toBe(disjoint);
  });
});
