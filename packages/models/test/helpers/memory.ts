import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Asking for the memory in use takes long, so only each so many-th call asks. */
const CALLS_PER_SAMPLE = 500;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/**
 * The most bytes in use during `work` above those before it, what is no longer reachable but not collected
 * yet included. Work that never waits cannot be watched from outside, so this looks whenever the work
 * decodes a text, as a parser does for every name, and at its end.
 */
export async function memoryPeak(work: () => Promise<unknown>): Promise<number> {
  if (typeof collect === 'function') collect();
  const before = usedBytes();
  let peak = before;
  let calls = 0;
  const { decode } = TextDecoder.prototype;
  // Not a spy: that keeps every argument, which would be counted as the work's own.
  TextDecoder.prototype.decode = function (...rest) {
    if (calls++ % CALLS_PER_SAMPLE === 0) peak = Math.max(peak, usedBytes());
    return decode.apply(this, rest);
  };
  try {
    await work();
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  return Math.max(peak, usedBytes()) - before;
}
