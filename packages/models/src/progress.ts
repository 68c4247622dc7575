/**
 * Progress of work that takes long, as plain events. A program draws them, or ignores them; nothing here
 * knows about a terminal.
 */

/** What is being counted, and so the unit of `loaded` and `total`. */
export const PROGRESS_UNITS = {
  /** Bytes that came over a network. */
  download: 'bytes',
  /** Bytes read from a file. */
  read: 'bytes',
  /** Bytes handed to a device. */
  upload: 'bytes',
  /** Kernels made ready to run. */
  compile: 'kernels',
  /** Tokens of a prompt that went through the network. */
  prompt: 'tokens',
  /** Tokens that were generated. */
  generate: 'tokens',
  /** Steps of an iteration, for example of a diffusion scheduler. */
  step: 'steps',
  /** Parts of a picture that is worked on in parts. */
  tile: 'tiles',
} as const;

/** The kinds of progress. */
export type ProgressKind = keyof typeof PROGRESS_UNITS;

/** One report. Of one `kind` and `label`, `loaded` never decreases. */
export interface Progress {
  readonly kind: ProgressKind;
  /** What is done, in the unit of the kind; at most `total`. */
  readonly loaded: number;
  /** What there is to do, or undefined where nobody knows it in advance. */
  readonly total: number | undefined;
  /** What it is about: the name of a file, a model or a kernel. */
  readonly label: string;
}

/** Receives progress. It is called on the thread that works, so it returns soon; what it throws ends the work. */
export type OnProgress = (progress: Progress) => void;

/** Counts up and reports each change; says nothing where nobody listens. */
export class ProgressCounter {
  readonly #kind: ProgressKind;
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #listener: OnProgress | undefined;
  #loaded = 0;

  /** Reports at once that nothing is done yet. `total` is in the unit of the kind, undefined if unknown. */
  constructor(
    kind: ProgressKind,
    label: string,
    total: number | undefined,
    listener: OnProgress | undefined,
  ) {
    this.#kind = kind;
    this.#label = label;
    this.#total = total;
    this.#listener = listener;
    this.#report();
  }

  /** Adds `amount` to what is done; more than `total` counts as `total`. */
  add(amount: number): void {
    this.#loaded = Math.min(this.#loaded + amount, this.#total ?? Number.POSITIVE_INFINITY);
    this.#report();
  }

  #report(): void {
    this.#listener?.({ kind: this.#kind, loaded: this.#loaded, total: this.#total, label: this.#label });
  }
}
