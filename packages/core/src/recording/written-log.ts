/** What storages said about unwritten bytes before a section was recorded, so that it can be taken back. */

import type { Storage } from '../memory/storage.js';

export class WrittenLog {
  // Two lists in place of pairs: there is an entry for every write.
  readonly #storages: Storage[] = [];
  readonly #unwritten: Storage['unwritten'][] = [];

  /** Called before a storage changes. */
  note(storage: Storage): void {
    this.#storages.push(storage);
    this.#unwritten.push(storage.unwritten);
  }

  undo(): void {
    for (let i = this.#storages.length - 1; i >= 0; i--) this.#storages[i].unwritten = this.#unwritten[i];
    this.#storages.length = 0;
    this.#unwritten.length = 0;
  }
}
