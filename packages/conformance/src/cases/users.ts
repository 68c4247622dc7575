/** Users of one device: asynchronous functions with programs and memory of their own, interleaved by a seed. */

import type { Buffer, Device } from '@wick/core';
import { uploadedWords } from '../graph/interpret.js';
import { blockBytesOf, recordDispatch, wordsOf } from '../graph/perform.js';
import { Random } from '../harness/random.js';
import { nextTurn } from '../harness/turn.js';
import { assertSame } from '../suite/assert.js';
import { computed } from './invariants/helpers.js';

const USERS = 6;
const STEPS = 14;

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

/** How a user's program ended. */
export interface UserOutcome {
  readonly failure: unknown;
}

/** Lets all users run to their ends; says of each how its program ended. */
export async function interleave(
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

/** Words that an upload of one block brings. */
export function words(device: Device, salt: number): Uint32Array {
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
