import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRecording } from '../../src/planning/plan.js';
import { READ, type Recording, WRITE } from '../../src/recording/commands.js';
import { COARSE, WHOLE_BUFFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const plan = (recording: Recording) => planRecording(recording, COARSE, WHOLE_BUFFERS);

describe('lanes, where a backend checks whole allocations', () => {
  it('keep what a command reads and what it writes in different allocations', () => {
    fc.assert(
      fc.property(recordings({ commands: 20, resources: 8, temporaries: 0.8 }), (recorded) => {
        const { memoryOf, recording } = plan(recorded);
        for (const { uses } of recording.commands) {
          for (const writer of uses.filter(({ access }) => access & WRITE)) {
            for (const reader of uses.filter(({ access }) => access & READ)) {
              if (reader.resource === writer.resource) continue;
              expect(memoryOf[reader.resource]).not.toBe(memoryOf[writer.resource]);
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are two for a chain and three for a residual chain', () => {
    const chain = new RecordingBuilder();
    let x = chain.temporary(256);
    chain.fill(x);
    for (let i = 0; i < 9; i++) {
      const out = chain.temporary(256);
      chain.dispatch(`${i}`, { reads: [x], writes: [out] });
      x = out;
    }
    const residual = new RecordingBuilder();
    let sum = residual.temporary(256);
    residual.fill(sum);
    for (let i = 0; i < 9; i++) {
      const [branch, out] = [residual.temporary(256), residual.temporary(256)];
      residual.dispatch(`branch ${i}`, { reads: [sum], writes: [branch] });
      residual.dispatch(`add ${i}`, { reads: [sum, branch], writes: [out] });
      sum = out;
    }
    expect(plan(chain.build()).memory.length).toBe(2);
    expect(plan(residual.build()).memory.length).toBe(3);
  });

  it('let commands read and write one memory through one binding', () => {
    const builder = new RecordingBuilder();
    const x = builder.temporary(256);
    builder.fill(x).dispatch('in place', { updates: [x] });
    expect(plan(builder.build()).memory.length).toBe(1);
  });

  it('put temporaries at multiples of the binding alignment', () => {
    fc.assert(
      fc.property(recordings({ commands: 20, resources: 8, temporaries: 1 }), (recording) => {
        for (const { offset } of plan(recording).temporaries) expect(offset % 256).toBe(0);
      }),
    );
  });
});
