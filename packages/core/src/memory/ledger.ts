/** Who holds how much: live buffers and bytes by label. */

/** Live buffers of one label, and their bytes. */
export interface LabelFigures {
  readonly buffers: number;
  readonly bytes: number;
}

export class Ledger {
  readonly #byLabel = new Map<string, { buffers: number; bytes: number }>();
  #buffers = 0;
  #bytes = 0;

  get buffers(): number {
    return this.#buffers;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(label: string, bytes: number): void {
    const entry = this.#byLabel.get(label);
    if (entry === undefined) this.#byLabel.set(label, { buffers: 1, bytes });
    else {
      entry.buffers++;
      entry.bytes += bytes;
    }
    this.#buffers++;
    this.#bytes += bytes;
  }

  remove(label: string, bytes: number): void {
    const entry = this.#byLabel.get(label);
    if (entry === undefined) return;
    entry.buffers--;
    entry.bytes -= bytes;
    if (entry.buffers === 0) this.#byLabel.delete(label);
    this.#buffers--;
    this.#bytes -= bytes;
  }

  /** Live buffers by label, most bytes first. */
  byLabel(): ReadonlyMap<string, LabelFigures> {
    const entries = [...this.#byLabel].map(([label, figures]) => [label, { ...figures }] as const);
    return new Map(entries.sort((a, b) => b[1].bytes - a[1].bytes));
  }
}
