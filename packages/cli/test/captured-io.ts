import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Io, type Output, OutputClosed } from '../src/io.js';

export interface CapturedOutput extends Output {
  /** Everything written so far. */
  text: string;
}

export interface CapturedIo extends Io {
  readonly stdout: CapturedOutput;
  readonly stderr: CapturedOutput;
  /** What Ctrl-C does. */
  interrupt(exitCode?: number): void;
  /** Who listens to interrupts. */
  readonly listeners: number;
}

export interface CapturedIoOptions {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Characters after which standard output has no reader any more. */
  readonly closesAfter?: number;
}

/** Streams and signals that a test sees and controls. The working directory is a fresh one by default. */
export function capturedIo(options: CapturedIoOptions = {}): CapturedIo {
  const {
    isTTY = false,
    columns = 100,
    input = '',
    env = {},
    closesAfter = Number.POSITIVE_INFINITY,
  } = options;
  const listeners = new Set<(exitCode: number) => void>();
  const output = (closes: number): CapturedOutput => ({
    isTTY,
    columns,
    text: '',
    async write(text) {
      if (this.text.length + text.length > closes) throw new OutputClosed('write EPIPE');
      this.text += text;
    },
  });
  return {
    stdout: output(closesAfter),
    stderr: output(Number.POSITIVE_INFINITY),
    readInput: async () => input,
    env,
    cwd: options.cwd ?? temporaryFolder(),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    interrupt(exitCode = 130) {
      for (const listener of listeners) listener(exitCode);
    },
    get listeners() {
      return listeners.size;
    },
  };
}

/** A folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wick-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The lines of a text that ends with a line break. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
