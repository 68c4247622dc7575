/**
 * Ordering: a list scheduler with a bounded look-ahead. It fills one epoch after another: from the next
 * unscheduled commands it takes, in program order, every one whose predecessors all stand in earlier
 * epochs. Independent dispatches so come to stand next to each other and share an epoch, and a chain
 * stays as it is.
 *
 * Hoisting a command makes its outputs live longer, so a command is hoisted only if the temporaries alive
 * stay within what program order needs at its peak, now and at every command that it is hoisted over.
 */

import type { Command, Resource } from '../recording/commands.js';
import type { Dependencies } from './dependencies.js';
import { ascending, findLifetimes, liveBytes } from './liveness.js';

export interface Ordering {
  /** `order[p]` is the command at position p. */
  readonly order: Int32Array;
  /** The epoch of each position, from 0, as ordering saw it; hazards decide where barriers really stand. */
  readonly epoch: Int32Array;
}

export interface OrderingOptions {
  /** How many commands that are not ready are looked past, at most, plus one; 1 keeps program order. */
  readonly lookAhead: number;
  /** Whether a command needs a transfer pass; commands of one epoch agree in it. */
  readonly needsTransferPass: (command: Command) => boolean;
  readonly alignment: number;
}

/** Orders `commands`; the result is a permutation that respects `dependencies`. */
export function orderCommands(
  commands: readonly Command[],
  resources: readonly Resource[],
  dependencies: Dependencies,
  options: OrderingOptions,
): Ordering {
  const count = commands.length;
  const lookAhead = Math.max(1, options.lookAhead);
  const waiting = dependencies.incoming.slice();
  // Epoch of the latest scheduled predecessor; a command may stand in any later one.
  const after = new Int32Array(count).fill(-1);
  // What is not scheduled yet, as a list in program order.
  const next = ascending(count).map((i) => (i + 1 < count ? i + 1 : -1));
  const memory = new MemoryGuard(commands, resources, options.alignment);
  const order = new Int32Array(count);
  const epochOf = new Int32Array(count);
  let head = count > 0 ? 0 : -1;
  let position = 0;
  // Unscheduled commands without unscheduled predecessors.
  let ready = waiting.reduce((sum, predecessors) => sum + (predecessors === 0 ? 1 : 0), 0);
  for (let epoch = 0; head >= 0; epoch++) {
    const transfer = options.needsTransferPass(commands[head]);
    let previous = -1;
    let command = head;
    let unseen = ready;
    memory.beginEpoch();
    for (let skipped = 0; unseen > 0 && skipped < lookAhead; ) {
      const following = next[command];
      const candidate = waiting[command] === 0 && after[command] < epoch;
      if (candidate) unseen--;
      if (
        candidate &&
        options.needsTransferPass(commands[command]) === transfer &&
        (command === head || memory.allows(command))
      ) {
        order[position] = command;
        epochOf[position] = epoch;
        position++;
        ready--;
        memory.schedule(command);
        for (let edge = dependencies.firstEdge[command]; edge >= 0; edge = dependencies.nextEdge[edge]) {
          const successor = dependencies.target[edge];
          if (--waiting[successor] === 0) ready++;
          after[successor] = epoch;
        }
        if (previous < 0) head = following;
        else next[previous] = following;
      } else {
        memory.skip(command);
        previous = command;
        skipped++;
      }
      command = following;
    }
  }
  return { order, epoch: epochOf };
}

/**
 * Bytes of temporaries alive, now and at every command to come if what is left ran in program order. No
 * command is let through that would lift one of them above the peak of program order.
 */
class MemoryGuard {
  readonly #bytes: Float64Array;
  /** Uses that are not scheduled yet. */
  readonly #remaining: Int32Array;
  readonly #born: Uint8Array;
  /** Bytes alive at each command that is not scheduled; never less than they will be. */
  readonly #projected: Float64Array;
  readonly #budget: number;
  #live = 0;
  /** The commands skipped in this epoch, and the most bytes alive at one of them. */
  #skipped: number[] = [];
  #skippedPeak = 0;

  constructor(
    private readonly commands: readonly Command[],
    resources: readonly Resource[],
    alignment: number,
  ) {
    this.#bytes = new Float64Array(resources.length);
    for (let i = 0; i < resources.length; i++) {
      if (resources[i].temporary) this.#bytes[i] = Math.ceil(resources[i].byteLength / alignment) * alignment;
    }
    this.#remaining = new Int32Array(resources.length);
    this.#born = new Uint8Array(resources.length);
    for (const command of commands) for (const use of command.uses) this.#remaining[use.resource]++;
    const program = ascending(commands.length);
    const lifetimes = findLifetimes(commands, resources, program, program);
    this.#projected = liveBytes(lifetimes, alignment, commands.length);
    this.#budget = this.#projected.reduce((peak, live) => Math.max(peak, live), 0);
  }

  beginEpoch(): void {
    this.#skipped = [];
    this.#skippedPeak = 0;
  }

  skip(command: number): void {
    this.#skipped.push(command);
    this.#skippedPeak = Math.max(this.#skippedPeak, this.#projected[command]);
  }

  /** Whether `command` may run now, in front of those skipped. */
  allows(command: number): boolean {
    const { born, change } = this.#weigh(command);
    return this.#live + born <= this.#budget && this.#skippedPeak + change <= this.#budget;
  }

  schedule(command: number): void {
    const { change } = this.#weigh(command);
    for (const { resource } of this.commands[command].uses) {
      this.#born[resource] = 1;
      this.#remaining[resource]--;
    }
    this.#live += change;
    if (change === 0 || this.#skipped.length === 0) return;
    for (const skipped of this.#skipped) this.#projected[skipped] += change;
    this.#skippedPeak += change;
  }

  /** Bytes that begin to live with a command if it runs now, and what is alive more or less after it. */
  #weigh(command: number): { readonly born: number; readonly change: number } {
    const { uses } = this.commands[command];
    let born = 0;
    let died = 0;
    for (const { resource } of uses) {
      if (this.#born[resource] === 0) {
        this.#born[resource] = 2; // until the end of this function: a command may use one memory twice
        born += this.#bytes[resource];
      }
      if (--this.#remaining[resource] === 0) died += this.#bytes[resource];
    }
    for (const { resource } of uses) {
      if (this.#born[resource] === 2) this.#born[resource] = 0;
      this.#remaining[resource]++;
    }
    return { born, change: born - died };
  }
}
