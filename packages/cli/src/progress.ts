/** Shows progress on standard error: one line that is drawn anew on a terminal, else a few whole lines. */

import { formatProgress, type ShownProgress } from './format/progress.js';
import type { Output } from './io.js';

const REDRAW_MILLISECONDS = 50;
const ERASE_LINE = '\r\x1b[K';

export class ProgressLine {
  readonly #output: Output;
  readonly #wanted: boolean;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;
  /** What is counted at present, and since when. */
  #counted = '';
  #since = 0;

  /** @param wanted whether to show progress where there is no terminal; on a terminal it always is */
  constructor(output: Output, wanted: boolean) {
    this.#output = output;
    this.#wanted = wanted;
  }

  /** @param fraction of the whole work that is done, for the time left, where `progress` is about a part of it */
  show(progress: ShownProgress, fraction?: number): void {
    const { isTTY, columns } = this.#output;
    const done = progress.total !== undefined && progress.loaded >= progress.total;
    const now = performance.now();
    const counted = `${progress.kind} ${fraction === undefined ? progress.label : ''}`;
    // Compiling comes in between what is counted, and nobody can tell how long it takes.
    const compiling = progress.kind === 'compile';
    if (counted !== this.#counted && !compiling) {
      this.#counted = counted;
      this.#since = now;
    }
    if (isTTY) {
      if (!done && now - this.#drawnAt < REDRAW_MILLISECONDS) return;
      this.#drawnAt = now;
      this.#drawn = true;
      void this.#output.write(
        ERASE_LINE +
          formatProgress(
            progress,
            columns - 1,
            compiling ? undefined : this.#timeLeft(now, progress, fraction),
          ),
      );
    } else if (this.#wanted && (done || progress.loaded === 0)) {
      void this.#output.write(`${formatProgress(progress, columns)}\n`);
    }
  }

  /** Milliseconds, if everything goes on as it went so far; undefined while that cannot be said. */
  #timeLeft(now: number, { loaded, total }: ShownProgress, fraction: number | undefined): number | undefined {
    const done = fraction ?? (total ? loaded / total : 0);
    const spent = now - this.#since;
    return done <= 0 || done >= 1 || spent < REDRAW_MILLISECONDS ? undefined : (spent * (1 - done)) / done;
  }

  /** Takes the line away: what is said next begins on an empty one. */
  clear(): void {
    if (this.#drawn) void this.#output.write(ERASE_LINE);
    this.#drawn = false;
  }
}
