/** Gives every line of a plan's memory table a block: makes storages real and takes blocks for arenas. */

import type { MaybePromise, MemoryEntry } from '../backend.js';
import type { Block, Pool } from '../memory/pool.js';
import type { Task } from './task.js';

/**
 * The blocks of a task's memory table. At once where the pool has them or the backend makes them at once;
 * a promise otherwise. Arena blocks that end with the task are added to `acquired`.
 */
export function acquireBlocks(task: Task, pool: Pool, acquired: Block[]): MaybePromise<Block[]> {
  const blocks: Block[] = new Array(task.plan.memory.length);
  for (let i = 0; i < blocks.length; i++) {
    const block = known(task, i) ?? pool.acquire(byteLengthOf(task, i));
    if (block instanceof Promise) return acquireFrom(task, pool, acquired, blocks, i, block);
    blocks[i] = settle(task, i, block, acquired);
  }
  return blocks;
}

async function acquireFrom(
  task: Task,
  pool: Pool,
  acquired: Block[],
  blocks: Block[],
  first: number,
  pending: Promise<Block>,
): Promise<Block[]> {
  blocks[first] = settle(task, first, await pending, acquired);
  for (let i = first + 1; i < blocks.length; i++) {
    const block = known(task, i) ?? (await pool.acquire(byteLengthOf(task, i)));
    blocks[i] = settle(task, i, block, acquired);
  }
  return blocks;
}

function known(task: Task, i: number): Block | undefined {
  return task.bound[i]?.storage.block ?? task.cache.arenas?.[i];
}

function byteLengthOf(task: Task, i: number): number {
  const planned = task.plan.memory[i];
  return planned.kind === 'arena' ? planned.byteLength : (task.bound[i]?.storage.byteLength ?? 0);
}

function settle(task: Task, i: number, block: Block, acquired: Block[]): Block {
  const bound = task.bound[i];
  if (bound !== undefined) {
    bound.storage.block = block;
  } else if (!task.cache.keepArenas) {
    acquired.push(block);
  } else {
    task.cache.arenas ??= new Array(task.plan.memory.length).fill(undefined);
    task.cache.arenas[i] = block;
  }
  return block;
}

/** The memory table that submissions carry. */
export function memoryEntries(task: Task, blocks: readonly Block[]): MemoryEntry[] {
  return blocks.map((block, i) => {
    const offset = task.bound[i]?.offset ?? 0;
    return offset === 0 ? block.entry : { allocation: block.allocation, offset };
  });
}
