import { type ByteSource, memorySource } from '../../src/index.js';

/** A source that keeps count of what is read from it. */
export interface CountingSource extends ByteSource {
  /** Bytes handed out so far. */
  readonly bytesRead: () => number;
  /** The longest single read. */
  readonly longestRead: () => number;
  readonly isClosed: () => boolean;
}

export function countingSource(bytes: Uint8Array, label = 'file'): CountingSource {
  const inner = memorySource(bytes, label);
  let total = 0;
  let longest = 0;
  let closed = false;
  return {
    label,
    byteLength: bytes.byteLength,
    async read(offset, length, signal) {
      total += length;
      longest = Math.max(longest, length);
      return inner.read(offset, length, signal);
    },
    async close() {
      closed = true;
      await inner.close();
    },
    bytesRead: () => total,
    longestRead: () => longest,
    isClosed: () => closed,
  };
}

/** A huge file of which only the first bytes exist; what comes after them reads as zeros. */
export function sparseSource(head: Uint8Array, byteLength: number, label = 'file'): CountingSource {
  const inner = countingSource(head, label);
  let total = 0;
  let longest = 0;
  return {
    ...inner,
    byteLength,
    async read(offset, length) {
      total += length;
      longest = Math.max(longest, length);
      const bytes = new Uint8Array(length);
      if (offset < head.length) bytes.set(head.subarray(offset, Math.min(head.length, offset + length)));
      return bytes;
    },
    bytesRead: () => total,
    longestRead: () => longest,
  };
}
