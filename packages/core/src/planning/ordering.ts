/**
 * Ordering: a list scheduler with a bounded look-ahead. It fills one epoch after another: from the next
 * unscheduled commands it takes, in program order, every one whose predecessors all stand in earlier
 * epochs. Independent dispatches so come to stand next to each other and share an epoch, and a chain
 * stays as it is.
 *
 * Hoisting a command makes its outputs live longer, so a command is hoisted only while the temporaries
 * alive stay within what program order needs at its peak.
 */

import { type Command, type Resource, WRITE } from '../recording/commands.js';
import type { Dependencies } from './dependencies.js';
import { findLifetimes, largestLiveSet } from './liveness.js';

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
  const next = Int32Array.from({ length: count }, (_, i) => (i + 1 < count ? i + 1 : -1));
  const live = new LiveBytes(commands, resources, options.alignment);
  const budget = lookAhead > 1 ? programOrderPeak(commands, resources, options.alignment) : 0;
  const order = new Int32Array(count);
  const epochOf = new Int32Array(count);
  let head = count > 0 ? 0 : -1;
  let position = 0;
  for (let epoch = 0; head >= 0; epoch++) {
    const transfer = options.needsTransferPass(commands[head]);
    let previous = -1;
    let command = head;
    for (let skipped = 0; command >= 0 && skipped < lookAhead; ) {
      const following = next[command];
      const ready = waiting[command] === 0 && after[command] < epoch;
      if (
        ready &&
        options.needsTransferPass(commands[command]) === transfer &&
        (command === head || live.after(command) <= budget)
      ) {
        order[position] = command;
        epochOf[position] = epoch;
        position++;
        live.schedule(command);
        for (let edge = dependencies.firstEdge[command]; edge >= 0; edge = dependencies.nextEdge[edge]) {
          const successor = dependencies.target[edge];
          waiting[successor]--;
          after[successor] = epoch;
        }
        if (previous < 0) head = following;
        else next[previous] = following;
      } else {
        previous = command;
        skipped++;
      }
      command = following;
    }
  }
  return { order, epoch: epochOf };
}

/** Temporaries alive while commands are scheduled one by one. */
class LiveBytes {
  readonly #bytes: Float64Array;
  readonly #remaining: Int32Array;
  readonly #born: Uint8Array;
  #live = 0;

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
  }

  /** Bytes alive while `command` runs, if it ran now. */
  after(command: number): number {
    let live = this.#live;
    for (const use of this.commands[command].uses) {
      if (use.access & WRITE && this.#born[use.resource] === 0) live += this.#bytes[use.resource];
    }
    return live;
  }

  schedule(command: number): void {
    for (const use of this.commands[command].uses) {
      if (this.#born[use.resource] === 0) {
        this.#born[use.resource] = 1;
        this.#live += this.#bytes[use.resource];
      }
      if (--this.#remaining[use.resource] === 0) this.#live -= this.#bytes[use.resource];
    }
  }
}

function programOrderPeak(
  commands: readonly Command[],
  resources: readonly Resource[],
  alignment: number,
): number {
  const identity = Int32Array.from({ length: commands.length }, (_, i) => i);
  return largestLiveSet(findLifetimes(commands, resources, identity, identity), alignment);
}
