/** What the command line needs of its host, so that tests can put something else in its place. */

import { text } from 'node:stream/consumers';

/** Where text goes. */
export interface Output {
  readonly isTTY: boolean;
  /** Characters in a line. */
  readonly columns: number;
  /** Resolves when the text is handed on; rejects {@link OutputClosed} when nobody reads any more. */
  write(text: string): Promise<void>;
}

export interface Io {
  /** The result and nothing else. */
  readonly stdout: Output;
  /** Everything said about the work. Never rejects. */
  readonly stderr: Output;
  /** All of standard input as text. */
  readInput(): Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /**
   * Calls `listener` with the exit code at the first interrupt; a second one ends the process at once.
   * Returns how to stop listening.
   */
  onInterrupt(listener: (exitCode: number) => void): () => void;
}

/** The reader of an output has gone, as `head` does. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** The streams and signals of this process. */
export function processIo(): Io {
  return {
    stdout: outputOf(process.stdout, true),
    stderr: outputOf(process.stderr, false),
    readInput: () => text(process.stdin),
    env: process.env,
    cwd: process.cwd(),
    onInterrupt,
  };
}

function outputOf(stream: NodeJS.WriteStream, rejects: boolean): Output {
  // The callback of `write` gets the error too, but without a listener it would end the process.
  stream.on('error', () => {});
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns || 100, // 0 on a terminal of unknown size
    write: (chunk) =>
      new Promise((resolve, reject) => {
        if (chunk === '') return resolve();
        stream.write(chunk, (error) => {
          if (error && rejects) reject(isClosed(error) ? new OutputClosed(error.message) : error);
          else resolve();
        });
      }),
  };
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}

function onInterrupt(listener: (exitCode: number) => void): () => void {
  let count = 0;
  const handlers = Object.entries(SIGNALS).map(([signal, exitCode]) => {
    const handler = () => {
      count++;
      if (count > 1) process.exit(exitCode);
      listener(exitCode);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return () => {
    for (const stop of handlers) stop();
  };
}
