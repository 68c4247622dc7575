import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { separateKinds, tabulate } from '../../src/planning/command-table.js';
import { findDependencies } from '../../src/planning/dependencies.js';
import { alignedSizes, findLifetimes, largestLiveSet } from '../../src/planning/liveness.js';
import { type Ordering, orderCommands } from '../../src/planning/ordering.js';
import type { Recording } from '../../src/recording/commands.js';
import { allConflicts } from '../helpers/bytes.js';
import { EXPLICIT, SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { recordings } from '../helpers/random-recordings.js';
import { RecordingBuilder } from '../helpers/recordings.js';

const ALIGNMENT = 16;

function orderOf(recording: Recording, lookAhead = 64, capabilities = EXPLICIT): Ordering {
  const { commands, resources } = recording;
  const table = tabulate(commands);
  return orderCommands(table, resources, findDependencies(table, resources.length), {
    lookAhead,
    separate: separateKinds(capabilities),
    alignment: ALIGNMENT,
  });
}

function peak({ commands, resources }: Recording, order: Int32Array): number {
  const lifetimes = findLifetimes(tabulate(commands), resources, order);
  return largestLiveSet(lifetimes, alignedSizes(lifetimes, ALIGNMENT));
}

const programOrder = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const lookAheads = fc.constantFrom(2, 3, 8, 64);

describe('orderCommands', () => {
  it('is a permutation that keeps every conflicting pair in program order', () => {
    fc.assert(
      fc.property(recordings({ commands: 20 }), lookAheads, (recording, lookAhead) => {
        const { order } = orderOf(recording, lookAhead);
        expect([...order].sort((a, b) => a - b)).toEqual(recording.commands.map((_, i) => i));
        const position = new Map([...order].map((command, p) => [command, p]));
        for (const { earlier, later } of allConflicts(recording.commands)) {
          expect(position.get(earlier)).toBeLessThan(position.get(later) ?? -1);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('puts no two conflicting commands into one epoch, and numbers epochs upwards', () => {
    fc.assert(
      fc.property(recordings({ commands: 20 }), lookAheads, (recording, lookAhead) => {
        const { order, epoch } = orderOf(recording, lookAhead, SEPARATE_TRANSFERS);
        for (let p = 1; p < epoch.length; p++) expect(epoch[p] - epoch[p - 1]).toBeOneOf([0, 1]);
        for (const { earlier, later } of allConflicts(recording.commands, order)) {
          expect(epoch[earlier]).toBeLessThan(epoch[later]);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('keeps program order with a look-ahead of 1', () => {
    fc.assert(
      fc.property(recordings({ commands: 20 }), (recording) => {
        expect([...orderOf(recording, 1).order]).toEqual(recording.commands.map((_, i) => i));
      }),
    );
  });

  it('never lets more temporaries be alive at once than program order does', () => {
    fc.assert(
      fc.property(
        recordings({ commands: 24, resources: 10, temporaries: 0.8 }),
        lookAheads,
        (recording, ahead) => {
          const { order } = orderOf(recording, ahead);
          const before = peak(recording, programOrder(order.length));
          expect(peak(recording, order)).toBeLessThanOrEqual(before);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('does not hoist a long-lived temporary over the moment of the peak', () => {
    const builder = new RecordingBuilder();
    const [big, other, kept, out] = [
      builder.temporary(1024),
      builder.temporary(1024),
      builder.temporary(512),
      builder.memory(16),
    ];
    builder
      .dispatch('a', { writes: [[big, 0, 1024]] })
      .dispatch('peak', { reads: [big], writes: [other] })
      .dispatch('after the peak', { writes: [kept] })
      .dispatch('out', { reads: [kept], writes: [out] });
    expect(peak(builder.build(), orderOf(builder.build()).order)).toBe(2048);
  });

  it('brings independent commands together', () => {
    const builder = new RecordingBuilder();
    const out = [builder.memory(16), builder.memory(16), builder.memory(16)];
    for (const label of ['a', 'b']) {
      for (const memory of out) builder.dispatch(`${label}${memory}`, { updates: [memory] });
    }
    const alternating = new RecordingBuilder();
    const chains = [alternating.memory(16), alternating.memory(16)];
    for (const memory of chains) {
      alternating.dispatch(`first ${memory}`, { updates: [memory] });
      alternating.dispatch(`second ${memory}`, { updates: [memory] });
    }
    expect([...orderOf(builder.build()).epoch]).toEqual([0, 0, 0, 1, 1, 1]);
    expect([...orderOf(alternating.build()).order]).toEqual([0, 2, 1, 3]);
  });

  it('looks past no more commands than allowed', () => {
    const builder = new RecordingBuilder();
    const [chain, free] = [builder.memory(16), builder.memory(16)];
    for (let i = 0; i < 5; i++) builder.dispatch(`chain ${i}`, { updates: [chain] });
    builder.dispatch('free', { writes: [free] });
    expect([...orderOf(builder.build(), 4).order].indexOf(5)).toBe(2);
    expect([...orderOf(builder.build(), 5).order].indexOf(5)).toBe(1);
  });

  it('mixes no transfers that need a pass of their own into an epoch of dispatches', () => {
    const builder = new RecordingBuilder();
    const memory = Array.from({ length: 4 }, () => builder.memory(16));
    builder
      .dispatch('a', { writes: [memory[0]] })
      .fill(memory[1])
      .dispatch('b', { writes: [memory[2]] });
    builder.fill(memory[3]);
    const separate = orderOf(builder.build(), 64, SEPARATE_TRANSFERS);
    expect([...separate.order]).toEqual([0, 2, 1, 3]);
    expect([...separate.epoch]).toEqual([0, 0, 1, 1]);
    expect([...orderOf(builder.build()).epoch]).toEqual([0, 0, 0, 0]);
  });
});
