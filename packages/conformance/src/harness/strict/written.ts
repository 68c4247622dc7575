/** Which bytes of each allocation were ever written. */

import type { Allocation, Submission } from '@wick/core';
import type { KernelUses, ParsedPass } from '../step-list.js';
import { type Access, accessesOf } from './accesses.js';
import type { Violation } from './violation.js';

export class WrittenBytes {
  readonly #written = new WeakMap<Allocation, Uint8Array>();

  /** Walks a submission in the order of its steps; returns the reads of bytes that nothing has written. */
  walk(passes: readonly ParsedPass[], submission: Submission, uses: KernelUses): Violation[] {
    const violations: Violation[] = [];
    for (const { step, accesses } of passes.flatMap((pass) => accessesOf(pass, submission, uses))) {
      for (const access of accesses) {
        const gap = access.reads ? this.#gap(access) : -1;
        if (gap < 0) continue;
        const message = `${step.op} "${step.label}" reads byte ${gap} of an allocation of ${access.allocation.byteLength} bytes`;
        violations.push({ rule: 'unwritten', message });
      }
      for (const access of accesses) {
        if (access.writes) this.#marks(access.allocation).fill(1, access.start, access.end);
      }
    }
    return violations;
  }

  #gap({ allocation, start, end }: Access): number {
    const at = this.#marks(allocation).subarray(start, end).indexOf(0);
    return at < 0 ? -1 : start + at;
  }

  /** One mark for each byte. */
  #marks(allocation: Allocation): Uint8Array {
    const known = this.#written.get(allocation);
    if (known !== undefined) return known;
    const marks = new Uint8Array(allocation.byteLength);
    this.#written.set(allocation, marks);
    return marks;
  }
}
