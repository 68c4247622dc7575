import type { Allocation, Buffer, Submission } from '@wick/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reachable } from '../helpers/bytes.js';
import { SEPARATE_TRANSFERS } from '../helpers/platforms.js';
import { fakeDevice, type Work } from '../helpers/work.js';

/** What one pass does to physical memory: reads and writes as `allocation:byte`. */
interface Pass {
  readonly serial: number;
  readonly number: number;
  readonly reads: Set<string>;
  readonly writes: Set<string>;
}

function passesOf(submissions: readonly Submission[]): Pass[] {
  const ids = new Map<Allocation, number>();
  const passes: Pass[] = [];
  for (const { serial, steps, memory } of submissions) {
    for (const step of steps) {
      if (step.op === 'beginPass') {
        passes.push({ serial, number: step.pass, reads: new Set(), writes: new Set() });
      }
      const pass = passes[passes.length - 1];
      const note = (range: { memory: number; offset: number; byteLength: number }, set: Set<string>) => {
        const { allocation, offset } = memory[range.memory];
        if (!ids.has(allocation)) ids.set(allocation, ids.size);
        for (let i = 0; i < range.byteLength; i++) {
          set.add(`${ids.get(allocation)}:${offset + range.offset + i}`);
        }
      };
      if ('source' in step) note(step.source, pass.reads);
      if ('destination' in step) note(step.destination, pass.writes);
      if (step.op !== 'dispatch') continue;
      const { bindings } = (
        step.pipeline as unknown as { request: { kernel: { bindings: { access: string }[] } } }
      ).request.kernel;
      bindings.forEach(({ access }, i) => {
        const range = step.bindings[i];
        if (range === undefined) return;
        if (access !== 'write') note(range, pass.reads);
        if (access !== 'read') note(range, pass.writes);
      });
    }
  }
  return passes;
}

const meet = (a: Set<string>, b: Set<string>) => [...a].some((byte) => b.has(byte));

/** Conflicting pairs of passes that no chain of waits keeps apart. */
function races(submissions: readonly Submission[]): string[] {
  const passes = passesOf(submissions);
  const indexOf = (serial: number, number: number) =>
    passes.findIndex((pass) => pass.serial === serial && pass.number === number);
  const edges: [number, number][] = [];
  for (const { serial, steps, waits } of submissions) {
    for (const step of steps) {
      if (step.op !== 'beginPass') continue;
      for (const earlier of step.waits) edges.push([indexOf(serial, earlier), indexOf(serial, step.pass)]);
    }
    for (const { pass, serial: earlier } of waits) {
      passes.forEach((each, i) => {
        if (each.serial === earlier) edges.push([i, indexOf(serial, pass)]);
      });
    }
  }
  const reach = reachable(passes.length, edges);
  const found: string[] = [];
  passes.forEach((later, j) => {
    passes.slice(0, j).forEach((earlier, i) => {
      const conflict =
        meet(earlier.writes, later.reads) ||
        meet(earlier.writes, later.writes) ||
        meet(earlier.reads, later.writes);
      if (conflict && !reach[i].has(j))
        found.push(`${earlier.serial}.${earlier.number} and ${later.serial}.${later.number}`);
    });
  });
  return found;
}

const WORDS = 8;
type Action = readonly [
  what: 'make' | 'add' | 'increment' | 'fill' | 'copy' | 'free' | 'flush' | 'run' | 'replay',
  number,
  number,
];

const action: fc.Arbitrary<Action> = fc.tuple(
  fc.constantFrom(
    'make',
    'make',
    'add',
    'add',
    'increment',
    'fill',
    'copy',
    'free',
    'flush',
    'run',
    'replay',
  ),
  fc.nat(99),
  fc.nat(99),
);

/** Two passes that do not wait for each other, both of temporaries, and one that waits for both. */
function branches(work: Work, x: Buffer): Buffer {
  const left = work.add(x, 1);
  const right = work.empty(WORDS);
  work.device.copy(x, right);
  return work.sum(left, right);
}

/** Plays a random program; buffers die and memory is recycled all the time. */
function play(work: Work, actions: readonly Action[]): void {
  const { device } = work;
  const buffers: Buffer[] = [work.upload(new Array(WORDS).fill(1))];
  const plan = device.compile({ x: 4 * WORDS }, ({ x }) => {
    return { out: work.add(branches(work, x), 1) };
  });
  for (const [what, i, j] of actions) {
    const x = buffers[i % buffers.length];
    const y = buffers[j % buffers.length];
    if (what === 'make') buffers.push(work.upload(new Array(WORDS).fill(i)));
    else if (what === 'add') buffers.push(work.add(x, 1));
    else if (what === 'increment') work.increment(x.view(0, 16), 1);
    else if (what === 'fill') device.fill(x.view(16, 16), j);
    else if (what === 'copy' && x !== y) device.copy(x, y);
    else if (what === 'flush') device.flush();
    else if (what === 'replay') buffers.push(plan.run({ x }).out);
    else if (what === 'free' && buffers.length > 1) buffers.splice(i % buffers.length, 1)[0].free();
    else if (what === 'run') buffers.push(device.run(() => branches(work, x)));
  }
  device.flush();
}

describe('waits across submissions', () => {
  it('keep all conflicting passes apart, with recycled memory and replayed arenas', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 2, maxLength: 25 }),
        fc.constantFrom(2, 3, 100),
        async (actions, maxCommandsPerSubmission) => {
          const { backend, work } = await fakeDevice({
            capabilities: SEPARATE_TRANSFERS,
            limits: { maxCommandsPerSubmission, maxSubmissionsInFlight: 1000 },
          });
          play(work, actions);
          expect(races(backend.submissions.map(({ submission }) => submission))).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('are set on every pass that reads what an earlier submission wrote, or takes over its memory', async () => {
    const { backend, device, work } = await fakeDevice({ capabilities: SEPARATE_TRANSFERS });
    const x = work.upload(new Array(WORDS).fill(1));
    device.flush();
    backend.submissions[0].complete();
    await device.idle();
    for (let i = 0; i < 2; i++) device.run(() => branches(work, x));
    const submissions = backend.submissions.map(({ submission }) => submission);
    expect(races(submissions.slice(1))).toEqual([]);
    // Both branches stand in arena memory that the run before has used; x is complete and read only.
    expect(submissions[2].waits).toEqual([
      { pass: 0, serial: 2 },
      { pass: 1, serial: 2 },
    ]);
  });

  it('are left out for what has completed, and where nothing conflicts', async () => {
    const { backend, device, work } = await fakeDevice();
    const [x, y] = [work.upload([1]), work.upload([2])];
    device.flush();
    backend.submissions[0].complete();
    await device.idle();
    work.increment(x, 1);
    device.flush();
    work.increment(y, 1);
    device.flush();
    work.increment(x, 1);
    device.flush();
    expect(backend.submissions.map(({ submission }) => submission.waits)).toEqual([
      [],
      [],
      [],
      [{ pass: 0, serial: 2 }],
    ]);
  });

  it('are absent where the backend orders passes itself', async () => {
    const { backend, device, work } = await fakeDevice({ capabilities: { explicitWaits: false } });
    const x = work.upload([1]);
    device.flush();
    work.increment(x, 1);
    device.flush();
    expect(backend.submissions.flatMap(({ submission }) => submission.waits)).toEqual([]);
  });
});
