/**
 * Concurrency: several users of one device, each an asynchronous function with a program and memory of its
 * own, interleaved by a seed. A scheduler decides who takes the next step, so the same seed gives the same
 * calls in the same order, and each user's answers must be those of its program alone.
 */

import { type Buffer, type Device, WickError } from '@wick/core';
import { uploadedWords } from '../graph/interpret.js';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { FaultPlan } from '../harness/faulty.js';
import { Random } from '../harness/random.js';
import { nextTurn } from '../harness/turn.js';
import { assert, assertSame, CaseFailure } from '../suite/assert.js';
import type { CaseContext, ConformanceCase, Stack } from '../suite/case.js';
import { computed } from './invariants/helpers.js';

const USERS = 6;
const STEPS = 14;

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

/** Lets one of those who wait take the next step, by a seed. */
class Scheduler {
  readonly #random: Random;
  #waiting: (() => void)[] = [];
  #left: number;

  constructor(seed: number, users: number) {
    this.#random = new Random(seed);
    this.#left = users;
  }

  turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#left--;
  }

  /** Resolves when all users have left. */
  async run(): Promise<void> {
    while (this.#left > 0) {
      const next = this.#waiting.splice(this.#random.below(this.#waiting.length), 1)[0];
      next?.();
      // Some steps come in one turn of the event loop, others with answers in between.
      if (next === undefined || this.#random.oneIn(3)) await nextTurn();
      else await Promise.resolve();
    }
  }
}

interface UserOutcome {
  readonly failure: unknown;
}

/** Lets all users run to their ends; says of each how its program ended. */
async function interleave(
  device: Device,
  seed: number,
  onStep?: (step: number) => void,
): Promise<UserOutcome[]> {
  const scheduler = new Scheduler(seed, USERS);
  const shared = device.createBuffer({ byteLength: blockBytesOf(device), label: 'shared' });
  device.write(shared, words(device, 999));
  let steps = 0;
  const users = Array.from({ length: USERS }, async (_, i): Promise<UserOutcome> => {
    const user = new User(device, shared, seed * USERS + i);
    try {
      for (let step = 0; step < STEPS; step++) {
        await scheduler.turn();
        onStep?.(steps++);
        await user.step();
      }
      await user.settle();
      return { failure: undefined };
    } catch (failure) {
      await user.settle().catch(() => {});
      return { failure };
    } finally {
      user.free();
      scheduler.leave();
    }
  });
  await scheduler.run();
  const outcomes = await Promise.all(users);
  shared.free();
  return outcomes;
}

function words(device: Device, salt: number): Uint32Array {
  return uploadedWords(blockBytesOf(device) / 4, salt);
}

/** One buffer whose content is known, and random things to do with it. */
class User {
  readonly #random: Random;
  #buffer: Buffer;
  #content: Uint32Array;
  readonly #pending: Promise<void>[] = [];

  constructor(
    private readonly device: Device,
    private readonly shared: Buffer,
    private readonly seed: number,
  ) {
    this.#random = new Random(seed);
    this.#buffer = this.#make();
    this.#content = words(device, seed);
    device.write(this.#buffer, this.#content);
  }

  async step(): Promise<void> {
    const { device } = this;
    const salt = 1 + this.#random.below(1000);
    switch (this.#random.below(8)) {
      case 0:
        device.fill(this.#buffer, salt);
        this.#content = this.#content.slice().fill(salt);
        return;
      case 1:
        this.#content = words(device, salt);
        device.write(this.#buffer, this.#content);
        return;
      case 2:
        recordDispatch(device, 'stir', [this.#buffer], salt);
        this.#content = computed('stir', [this.#content], salt);
        return;
      case 3:
        this.#run(salt);
        return;
      case 4:
        device.flush();
        return;
      case 5:
        await device.idle();
        return;
      case 6:
        await this.#read();
        return;
      default:
        this.#later(this.#read());
    }
  }

  /** Its outcome is looked at in `settle`. */
  #later(read: Promise<void>): void {
    read.catch(() => {});
    this.#pending.push(read);
  }

  /** Everything that was read without being waited for. */
  async settle(): Promise<void> {
    this.#later(this.#read());
    const settled = await Promise.allSettled(this.#pending);
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }

  free(): void {
    this.#buffer[Symbol.dispose]();
  }

  /** A run with a temporary; its result replaces the buffer. */
  #run(salt: number): void {
    const { device } = this;
    const old = this.#buffer;
    this.#buffer = device.run(() => {
      const temporary = this.#make();
      recordDispatch(device, 'blend', [old, this.shared, temporary], salt);
      const result = this.#make();
      recordDispatch(device, 'mix', [temporary, result], salt + 1);
      return result;
    });
    old.free();
    const blended = computed('blend', [this.#content, words(device, 999)], salt);
    this.#content = computed('mix', [blended], salt + 1);
  }

  async #read(): Promise<void> {
    const want = this.#content.slice();
    const read = wordsOf(this.device.read(this.#buffer));
    read.catch(() => {});
    assertSame(await read, want, `what user ${this.seed} read`);
  }

  #make(): Buffer {
    return this.device.createBuffer({ byteLength: blockBytesOf(this.device), label: `of user ${this.seed}` });
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
