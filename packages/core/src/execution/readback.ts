/** Reading memory that host and device share: no command, only a wait for the producer. */

import type { HostMemory } from '../backend.js';
import { WickError } from '../errors.js';
import type { Buffer } from '../memory/buffer.js';
import type { Executor } from './executor.js';

/**
 * Bytes of `buffer` after the submission that wrote them. Until they are copied out, `hostReads` keeps
 * later submissions from overwriting them and the pool from recycling them.
 */
export async function readHostMemory(
  host: HostMemory,
  executor: Executor,
  buffer: Buffer,
): Promise<Uint8Array> {
  const { storage } = buffer;
  const start = buffer.offset;
  const end = start + buffer.byteLength;
  const producer = storage.writers?.lastWriter(start, end) ?? -1;
  let done = () => {};
  const ended = new Promise<void>((resolve) => {
    done = resolve;
  });
  const reading = { producer, start, end, ended };
  storage.hostReads = [...storage.hostReads, reading];
  try {
    await executor.whenCarriedOut(producer);
    const { block } = storage;
    if (block !== undefined) await executor.inFlight.completed(block.access.lastWriter(start, end));
    const cause = executor.lost ?? executor.poison.find(storage, start, end);
    if (cause !== undefined) throw cause;
    if (block === undefined)
      throw new WickError('UNWRITTEN', `"${buffer.label}" has no memory`, { label: buffer.label });
    return host.read(block.allocation, start, buffer.byteLength);
  } finally {
    storage.hostReads = storage.hostReads.filter((other) => other !== reading);
    done();
  }
}
