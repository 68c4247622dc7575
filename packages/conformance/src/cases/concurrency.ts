/**
 * Concurrency: several users of one device, each an asynchronous function with a program and memory of its
 * own, interleaved by a seed. A scheduler decides who takes the next step, so the same seed gives the same
 * calls in the same order, and each user's answers must be those of its program alone.
 */

import { WickError } from '@wick/core';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { FaultPlan } from '../harness/faulty.js';
import { Random } from '../harness/random.js';
import { assert, assertSame, CaseFailure } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';
import { computed } from './invariants/helpers.js';
import { interleave, words } from './users.js';

/** Interleavings for each adversary of a run of the suite. */
const ROUNDS = 4;

const STACKS: Readonly<Record<string, Stack>> = {
  'as users run it': {},
  'tiny submissions': { device: { planning: { bounds: { maxCommandsPerSubmission: 2 } } } },
  'one submission in flight': { demands: { limits: { maxSubmissionsInFlight: 1 } } },
  'pooling off': { device: { pooling: false } },
  'reads by download': { demands: { noHostMemory: true, transfersInComputePass: [] } },
};

export function concurrencyCases(): ConformanceCase[] {
  const made = (name: string, run: ConformanceCase['run']): ConformanceCase => ({
    name: `concurrency: ${name}`,
    group: 'concurrency',
    run,
  });
  return [
    ...Object.entries(STACKS).map(([name, stack]) =>
      made(`users of one device, interleaved, ${name}`, (context) =>
        everySeed(context, (seed) =>
          context.use({ ...stack, adversary: seed }, async ({ device }) => {
            const outcomes = await interleave(device, seed);
            for (const { failure } of outcomes) if (failure !== undefined) throw failure;
          }),
        ),
      ),
    ),
    made('a submission fails while users work: each has the right answer or the error', (context) =>
      everySeed(context, (seed) => failing(context, seed)),
    ),
    made('the device is destroyed while users work: nobody hangs', (context) =>
      everySeed(context, (seed) => destroyed(context, seed)),
    ),
    made('reads that are cancelled leave the others alone', (context) =>
      everySeed(context, (seed) => cancelled(context, seed)),
    ),
  ];
}

/** Runs `attempt` with a few seeds of each adversary's, and says which one failed. */
async function everySeed(context: CaseContext, attempt: (seed: number) => Promise<void>): Promise<void> {
  for (const adversary of context.seeds) {
    const first = adversary === 'reverse' ? 0 : adversary * 1000;
    for (let seed = first; seed < first + ROUNDS; seed++) {
      try {
        await attempt(seed);
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        throw new CaseFailure(`interleaving ${seed}: ${message}`, { cause: thrown });
      }
    }
  }
}

function isWick(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof WickError && codes.includes(thrown.code);
}

async function failing(context: CaseContext, seed: number): Promise<void> {
  const call = 2 + (seed % 7);
  const faults = new FaultPlan('submission fails', call);
  await context.use({ adversary: seed, faults }, async ({ device }) => {
    for (const { failure } of await interleave(device, seed)) {
      if (failure !== undefined && !isWick(failure, 'SUBMISSION_FAILED')) throw failure;
    }
    faults.end();
    await device.idle().catch(() => {});
    // The device is as good as new.
    for (const { failure } of await interleave(device, seed + 1)) if (failure !== undefined) throw failure;
  });
}

async function destroyed(context: CaseContext, seed: number): Promise<void> {
  const at = 5 + (seed % 40);
  await context.use({ adversary: seed }, async ({ device }) => {
    const outcomes = await interleave(device, seed, (step) => {
      if (step === at) device.destroy();
    });
    for (const { failure } of outcomes) {
      if (failure !== undefined && !isWick(failure, 'DEVICE_LOST')) throw failure;
    }
    assert(
      outcomes.some(({ failure }) => failure !== undefined),
      'nobody noticed that the device is gone',
    );
  });
}

async function cancelled(context: CaseContext, seed: number): Promise<void> {
  const random = new Random(seed);
  await context.use({ adversary: seed }, async ({ device }) => {
    const x = device.createBuffer({ byteLength: blockBytesOf(device), label: 'x' });
    device.write(x, words(device, 1));
    const want = computed('stir', [words(device, 1)], 2);
    recordDispatch(device, 'stir', [x], 2);
    const reads = Array.from({ length: 12 }, () => {
      const abort = new AbortController();
      const isCancelled = random.oneIn(2);
      const read = wordsOf(device.read(x, { signal: abort.signal }));
      read.catch(() => {});
      if (isCancelled) abort.abort();
      return { read, isCancelled };
    });
    for (const { read, isCancelled } of reads) {
      const [result] = await Promise.allSettled([read]);
      if (result.status === 'fulfilled') {
        assert(!isCancelled, 'a read that was cancelled at once was answered');
        assertSame(result.value, want, 'what was read');
      } else {
        assert(isCancelled && isWick(result.reason, 'CANCELLED'), `a read failed: ${result.reason}`);
      }
    }
    x.free();
  });
}
