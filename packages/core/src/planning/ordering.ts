/**
 * Ordering: a list scheduler with a bounded look-ahead. It fills one epoch after another: from the next
 * unscheduled commands it takes, in program order, every one whose predecessors all stand in earlier
 * epochs. Independent dispatches so come to stand next to each other and share an epoch, and a chain
 * stays as it is.
 *
 * Hoisting a command makes its outputs live longer, so a command is hoisted only if the temporaries alive
 * stay within what program order needs at its peak, now and at every command that it is hoisted over.
 */

import type { Resource } from '../recording/commands.js';
import type { CommandTable } from './command-table.js';
import type { Dependencies } from './dependencies.js';
import { alignedSizes, ascending, findLifetimes, liveBytes } from './liveness.js';

export interface Ordering {
  /** `order[p]` is the command at position p. */
  readonly order: Int32Array;
  /** The epoch of each position, from 0, as ordering saw it; hazards decide where barriers really stand. */
  readonly epoch: Int32Array;
}

export interface OrderingOptions {
  /** How many commands that are not ready are looked past, at most, plus one; 1 keeps program order. */
  readonly lookAhead: number;
  /** For each kind of command whether it needs a transfer pass; commands of one epoch agree in it. */
  readonly separate: Uint8Array;
  readonly alignment: number;
}

/** Orders the commands of `table`; the result is a permutation that respects `dependencies`. */
export function orderCommands(
  table: CommandTable,
  resources: readonly Resource[],
  dependencies: Dependencies,
  { lookAhead, separate, alignment }: OrderingOptions,
): Ordering {
  const { count, kind } = table;
  const { firstEdge, nextEdge, target } = dependencies;
  const waiting = dependencies.incoming.slice();
  // Epoch of the latest scheduled predecessor; a command may stand in any later one.
  const after = new Int32Array(count).fill(-1);
  // What is not scheduled yet, as a list in program order.
  const next = listOf(count);
  const memory = new MemoryGuard(table, resources, alignment, Math.max(1, lookAhead));
  const order = new Int32Array(count);
  const epochOf = new Int32Array(count);
  let head = count > 0 ? 0 : -1;
  let position = 0;
  // Unscheduled commands without unscheduled predecessors.
  let ready = 0;
  for (let i = 0; i < count; i++) if (waiting[i] === 0) ready++;
  for (let epoch = 0; head >= 0; epoch++) {
    const transfer = separate[kind[head]];
    let previous = -1;
    let command = head;
    let unseen = ready;
    memory.beginEpoch();
    for (let skipped = 0; unseen > 0 && skipped < Math.max(1, lookAhead); ) {
      const following = next[command];
      const candidate = waiting[command] === 0 && after[command] < epoch;
      if (candidate) unseen--;
      if (candidate && separate[kind[command]] === transfer && (command === head || memory.allows(command))) {
        order[position] = command;
        epochOf[position] = epoch;
        position++;
        ready--;
        memory.schedule(command);
        for (let edge = firstEdge[command]; edge >= 0; edge = nextEdge[edge]) {
          const successor = target[edge];
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

/** For each of `count` elements the one behind it; -1 at the end. */
function listOf(count: number): Int32Array {
  const next = new Int32Array(count);
  for (let i = 0; i < count; i++) next[i] = i + 1 < count ? i + 1 : -1;
  return next;
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
  #budget = 0;
  #live = 0;
  /** The commands skipped in this epoch, and the most bytes alive at one of them. */
  readonly #skipped: Int32Array;
  #skippedCount = 0;
  #skippedPeak = 0;
  /** The answers of `#weigh`. */
  #bornBytes = 0;
  #change = 0;

  constructor(
    private readonly table: CommandTable,
    resources: readonly Resource[],
    alignment: number,
    lookAhead: number,
  ) {
    const lifetimes = findLifetimes(table, resources, ascending(table.count));
    const sizes = alignedSizes(lifetimes, alignment);
    this.#bytes = new Float64Array(resources.length);
    for (let i = 0; i < lifetimes.count; i++) this.#bytes[lifetimes.resource[i]] = sizes[i];
    this.#remaining = new Int32Array(resources.length);
    this.#born = new Uint8Array(resources.length);
    for (let u = 0; u < table.resource.length; u++) this.#remaining[table.resource[u]]++;
    this.#projected = liveBytes(lifetimes, sizes, table.count);
    for (let i = 0; i < table.count; i++) this.#budget = Math.max(this.#budget, this.#projected[i]);
    this.#skipped = new Int32Array(Math.min(lookAhead, table.count));
  }

  beginEpoch(): void {
    this.#skippedCount = 0;
    this.#skippedPeak = 0;
  }

  skip(command: number): void {
    this.#skipped[this.#skippedCount++] = command;
    this.#skippedPeak = Math.max(this.#skippedPeak, this.#projected[command]);
  }

  /** Whether `command` may run now, in front of those skipped. */
  allows(command: number): boolean {
    this.#weigh(command);
    return this.#live + this.#bornBytes <= this.#budget && this.#skippedPeak + this.#change <= this.#budget;
  }

  schedule(command: number): void {
    this.#weigh(command);
    const { firstUse, resource } = this.table;
    for (let u = firstUse[command]; u < firstUse[command + 1]; u++) {
      this.#born[resource[u]] = 1;
      this.#remaining[resource[u]]--;
    }
    const change = this.#change;
    this.#live += change;
    if (change === 0 || this.#skippedCount === 0) return;
    for (let i = 0; i < this.#skippedCount; i++) this.#projected[this.#skipped[i]] += change;
    this.#skippedPeak += change;
  }

  /** Bytes that begin to live with a command if it runs now, and what is alive more or less after it. */
  #weigh(command: number): void {
    const { firstUse, resource } = this.table;
    const end = firstUse[command + 1];
    let born = 0;
    let died = 0;
    for (let u = firstUse[command]; u < end; u++) {
      const used = resource[u];
      if (this.#born[used] === 0) {
        this.#born[used] = 2; // until the end of this function: a command may use one memory twice
        born += this.#bytes[used];
      }
      if (--this.#remaining[used] === 0) died += this.#bytes[used];
    }
    for (let u = firstUse[command]; u < end; u++) {
      const used = resource[u];
      if (this.#born[used] === 2) this.#born[used] = 0;
      this.#remaining[used]++;
    }
    this.#bornBytes = born;
    this.#change = born - died;
  }
}
