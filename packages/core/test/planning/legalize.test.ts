import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { legalize } from '../../src/planning/legalize.js';
import { planRecording } from '../../src/planning/plan.js';
import { READ, type Recording, WRITE } from '../../src/recording/commands.js';
import { COARSE, WHOLE_BUFFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const legal = (recording: Recording) => legalize(recording, WHOLE_BUFFERS);
const shown = ({ commands }: Recording) =>
  commands.map(({ kind, label, uses }) => {
    const ranges = uses.map(({ resource, offset, byteLength, access }) => [
      resource,
      offset,
      offset + byteLength,
      access,
    ]);
    return [kind, label, ...ranges];
  });

describe('legalizing for a backend that checks whole allocations', () => {
  it('reads a part of what is written elsewhere from a temporary', () => {
    const builder = new RecordingBuilder();
    const buffer = builder.memory(1024);
    builder.dispatch('halve', { reads: [[buffer, 0, 256]], writes: [[buffer, 512, 256]] });
    const result = legal(builder.build());
    expect(shown(result)).toEqual([
      ['copy', 'halve (read apart)', [0, 0, 256, READ], [1, 0, 256, WRITE]],
      ['dispatch', 'halve', [1, 0, 256, READ], [0, 512, 768, WRITE]],
    ]);
    expect(result.resources[1]).toMatchObject({ byteLength: 256, temporary: true });
  });

  it('moves a range that is bound twice once', () => {
    const builder = new RecordingBuilder();
    const buffer = builder.memory(1024);
    const part = [buffer, 0, 256] as const;
    builder.dispatch('square', { reads: [part, part], writes: [[buffer, 512, 256]] });
    expect(shown(legal(builder.build()))).toEqual([
      ['copy', 'square (read apart)', [0, 0, 256, READ], [1, 0, 256, WRITE]],
      ['dispatch', 'square', [1, 0, 256, READ], [1, 0, 256, READ], [0, 512, 768, WRITE]],
    ]);
  });

  it('copies inside one buffer by way of a temporary', () => {
    const builder = new RecordingBuilder();
    const buffer = builder.memory(1024);
    builder.copy([buffer, 0, 128], [buffer, 512, 128]);
    expect(shown(legal(builder.build())).map(([kind, , from, to]) => [kind, from, to])).toEqual([
      ['copy', [0, 0, 128, READ], [1, 0, 128, WRITE]],
      ['copy', [1, 0, 128, READ], [0, 512, 640, WRITE]],
    ]);
  });

  it('leaves alone what is legal: two written views, a binding that is both, other buffers', () => {
    const builder = new RecordingBuilder();
    const [a, b] = [builder.memory(1024), builder.memory(1024)];
    builder.dispatch('two', {
      reads: [b],
      writes: [
        [a, 0, 256],
        [a, 512, 256],
      ],
    });
    builder.dispatch('in place', { updates: [a] });
    builder.copy([a, 0, 256], [b, 0, 256]);
    const recording = builder.build();
    expect(legal(recording)).toBe(recording);
  });

  it('does nothing where ranges are checked', () => {
    const builder = new RecordingBuilder();
    const buffer = builder.memory(1024);
    builder.copy([buffer, 0, 128], [buffer, 512, 128]);
    const recording = builder.build();
    expect(legalize(recording, { ...WHOLE_BUFFERS, wholeAllocationBindings: false })).toBe(recording);
  });

  it('leaves no command of a plan that reads and writes one allocation', () => {
    fc.assert(
      fc.property(recordings({ commands: 20, resources: 4 }), (random) => {
        const { recording, memoryOf } = planRecording(random, COARSE, WHOLE_BUFFERS);
        for (const { uses } of recording.commands) {
          const written = uses
            .filter(({ access }) => access & WRITE)
            .map(({ resource }) => memoryOf[resource]);
          for (const { resource, access } of uses) {
            if (access === READ) expect(written).not.toContain(memoryOf[resource]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
