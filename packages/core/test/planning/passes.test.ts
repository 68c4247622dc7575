import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesTouched, separateKinds, tabulate } from '../../src/planning/command-table.js';
import { cutPasses, type Pass } from '../../src/planning/passes.js';
import type { Recording } from '../../src/recording/commands.js';
import { EXPLICIT, ROOMY, SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const bounds = fc.record({
  maxCommandsPerSubmission: fc.constantFrom(1, 2, 5, 1000),
  maxBytesPerSubmission: fc.constantFrom(8, 20, 60, 1e9),
  maxWorkPerSubmission: fc.constantFrom(1, 3, 1e9),
});
const capabilities = fc.constantFrom(EXPLICIT, SEPARATE_TRANSFERS, {
  ...EXPLICIT,
  transfersInComputePass: ['fill' as const],
});

function cut({ commands }: Recording, ...[caps, limits]: [typeof EXPLICIT, typeof ROOMY]): Pass[] {
  const order = Int32Array.from(commands, (_, i) => i);
  return cutPasses(tabulate(commands), order, separateKinds(caps), limits);
}

function workOf(command: Recording['commands'][number]): number {
  return command.kind === 'dispatch' ? command.work : bytesTouched(command) / 4;
}

describe('cutPasses', () => {
  it('covers the order without a gap, passes and submissions ascending', () => {
    fc.assert(
      fc.property(recordings(), capabilities, bounds, (recording, caps, limits) => {
        const passes = cut(recording, caps, { ...ROOMY, ...limits });
        let end = 0;
        let submission = 0;
        for (const pass of passes) {
          expect(pass.first).toBe(end);
          expect(pass.end).toBeGreaterThan(pass.first);
          expect(pass.submission - submission).toBeOneOf([0, 1]);
          ({ end, submission } = pass);
        }
        expect(end).toBe(recording.commands.length);
      }),
    );
  });

  it('gives every pass the kind that its commands need, and no two neighbours that could be one', () => {
    fc.assert(
      fc.property(recordings(), capabilities, (recording, caps) => {
        const passes = cut(recording, caps, ROOMY);
        for (const { kind, first, end } of passes) {
          for (const command of recording.commands.slice(first, end)) {
            const inCompute =
              command.kind === 'dispatch' || caps.transfersInComputePass.includes(command.kind);
            expect(kind).toBe(inCompute ? 'compute' : 'transfer');
          }
        }
        for (let i = 1; i < passes.length; i++) expect(passes[i].kind).not.toBe(passes[i - 1].kind);
      }),
    );
  });

  it('keeps every submission of more than one command within its bounds', () => {
    fc.assert(
      fc.property(recordings(), capabilities, bounds, (recording, caps, limits) => {
        const passes = cut(recording, caps, { ...ROOMY, ...limits });
        for (const submission of new Set(passes.map((pass) => pass.submission))) {
          const own = passes.filter((pass) => pass.submission === submission);
          const commands = own.flatMap(({ first, end }) => recording.commands.slice(first, end));
          if (commands.length === 1) continue;
          expect(commands.length).toBeLessThanOrEqual(limits.maxCommandsPerSubmission);
          const bytes = commands.reduce((sum, command) => sum + bytesTouched(command), 0);
          expect(bytes).toBeLessThanOrEqual(limits.maxBytesPerSubmission);
          const work = commands.reduce((sum, command) => sum + workOf(command), 0);
          expect(work).toBeLessThanOrEqual(limits.maxWorkPerSubmission);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('ends a submission only where the next command would not fit', () => {
    fc.assert(
      fc.property(recordings(), bounds, (recording, limits) => {
        const passes = cut(recording, EXPLICIT, { ...ROOMY, ...limits });
        for (let i = 1; i < passes.length; i++) {
          const commands = recording.commands.slice(passes[i - 1].first, passes[i].first + 1);
          const fits =
            commands.length <= limits.maxCommandsPerSubmission &&
            commands.reduce((sum, command) => sum + bytesTouched(command), 0) <=
              limits.maxBytesPerSubmission &&
            commands.reduce((sum, command) => sum + workOf(command), 0) <= limits.maxWorkPerSubmission;
          expect(fits).toBe(false);
        }
      }),
    );
  });

  it.each([
    ['maxBytesPerSubmission', { ...ROOMY, maxBytesPerSubmission: 100 }],
    ['maxWorkPerSubmission', { ...ROOMY, maxWorkPerSubmission: 100 }],
  ] as const)('gives a command above %s a submission of its own', (_, limits) => {
    const builder = new RecordingBuilder();
    const [small, large] = [builder.memory(16), builder.memory(4096)];
    builder.dispatch('a', { writes: [small] });
    builder.dispatch('huge', { writes: [large], work: 1e6 });
    builder.dispatch('b', { writes: [small] }).dispatch('c', { writes: [small] });
    const passes = cut(builder.build(), EXPLICIT, limits);
    expect(passes.map(({ first, end, submission }) => [first, end, submission])).toEqual([
      [0, 1, 0],
      [1, 2, 1],
      [2, 4, 2],
    ]);
  });

  it('splits passes by kind inside one submission', () => {
    const builder = new RecordingBuilder();
    const [a, b] = [builder.memory(16), builder.memory(16)];
    builder
      .fill(a)
      .fill(b)
      .dispatch('x', { writes: [a] })
      .copy(a, b)
      .download(b);
    expect(cut(builder.build(), SEPARATE_TRANSFERS, ROOMY)).toEqual([
      { kind: 'transfer', submission: 0, first: 0, end: 2 },
      { kind: 'compute', submission: 0, first: 2, end: 3 },
      { kind: 'transfer', submission: 0, first: 3, end: 5 },
    ]);
    expect(cut(builder.build(), EXPLICIT, ROOMY)).toEqual([
      { kind: 'compute', submission: 0, first: 0, end: 5 },
    ]);
  });
});
