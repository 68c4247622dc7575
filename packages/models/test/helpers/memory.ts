import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Asking for the memory in use takes long, so only each so many-th call asks, and each with a long text. */
const CALLS_PER_SAMPLE = 500;
const LONG_TEXT = 2 ** 16;
/** What is less above the peak is not looked at closer: a collection for each sample would take minutes. */
const CLOSE = 2 ** 24;

function usedBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Bytes that are reachable; how long others stay is the engine's choice. */
function reachableBytes(): number {
  if (typeof collect === 'function') collect();
  return usedBytes();
}

/**
 * The most reachable bytes during `work` above those before it, within 16 MiB. Work that never waits cannot be
 * watched from outside, so this looks whenever the work has decoded a text, as a parser does for every name.
 */
export async function memoryPeak(work: () => Promise<unknown>): Promise<number> {
  const before = reachableBytes();
  let peak = before;
  let calls = 0;
  const { decode } = TextDecoder.prototype;
  // Not a spy: that keeps every argument, which would be counted as the work's own.
  TextDecoder.prototype.decode = function (...rest) {
    const text = decode.apply(this, rest);
    const looks = calls++ % CALLS_PER_SAMPLE === 0 || text.length > LONG_TEXT;
    if (looks && usedBytes() > peak + CLOSE) peak = Math.max(peak, reachableBytes());
    return text;
  };
  try {
    await work();
  } finally {
    TextDecoder.prototype.decode = decode;
  }
  return Math.max(peak, reachableBytes()) - before;
}
