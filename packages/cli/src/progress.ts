/** Shows progress on standard error: one line that is drawn anew on a terminal, else a few whole lines. */

import type { OnProgress } from '@wick/models';
import { formatProgress } from './format/progress.js';
import type { Output } from './io.js';

type Progress = Parameters<OnProgress>[0];

const REDRAW_MILLISECONDS = 50;
const ERASE_LINE = '\r\x1b[K';

export class ProgressLine {
  readonly #output: Output;
  readonly #wanted: boolean;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  /** @param wanted whether to show progress where there is no terminal; on a terminal it always is */
  constructor(output: Output, wanted: boolean) {
    this.#output = output;
    this.#wanted = wanted;
  }

  show(progress: Progress): void {
    const { isTTY, columns } = this.#output;
    const done = progress.total !== undefined && progress.loaded >= progress.total;
    if (isTTY) {
      const now = performance.now();
      if (!done && now - this.#drawnAt < REDRAW_MILLISECONDS) return;
      this.#drawnAt = now;
      this.#drawn = true;
      void this.#output.write(ERASE_LINE + formatProgress(progress, columns - 1));
    } else if (this.#wanted && (done || progress.loaded === 0)) {
      void this.#output.write(`${formatProgress(progress, columns)}\n`);
    }
  }

  /** Takes the line away: what is said next begins on an empty one. */
  clear(): void {
    if (this.#drawn) void this.#output.write(ERASE_LINE);
    this.#drawn = false;
  }
}
