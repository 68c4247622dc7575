/**
 * A wrapper that verifies everything the core hands to a backend, and what the backend promises in
 * return, before a mistake of either can hide in a result: well-formed steps, ranges, alignment,
 * parameters, waits, races, reads of unwritten bytes, memory and completions in their time.
 */

import type {
  Allocation,
  Backend,
  Completion,
  MaybePromise,
  Pipeline,
  PipelineRequest,
  Submission,
} from '@wick/core';
import { KernelUses, type ParsedPass, parsePasses } from '../step-list.js';
import { BackendWrapper, type Wrap, wrapOpened } from '../wrapper.js';
import { findRaces, PassHistory } from './races.js';
import { checkSubmission } from './step-rules.js';
import { ContractViolation, type Rule, type Violation } from './violation.js';
import { WrittenBytes } from './written.js';

/** What a strict wrapper found and counted; it lives on when the device is gone. */
export interface StrictReport {
  readonly violations: Violation[];
  /** Allocations that were not given back, and their bytes. */
  allocations: number;
  allocatedBytes: number;
}

export interface StrictOptions {
  /** Whether a barrier that keeps nothing apart is a violation. Default: true. */
  readonly exactBarriers?: boolean;
}

export function emptyReport(): StrictReport {
  return { violations: [], allocations: 0, allocatedBytes: 0 };
}

/** Checks the traffic with a backend; what is wrong is noted in `report` and fails the submission. */
export function strict(report: StrictReport, options: StrictOptions = {}): Wrap {
  return wrapOpened((backend) => new StrictBackend(backend, report, options));
}

class StrictBackend extends BackendWrapper {
  readonly #uses = new KernelUses();
  readonly #live = new Set<Allocation>();
  #history = new PassHistory();
  readonly #written = new WrittenBytes();
  readonly #report: StrictReport;
  readonly #exactBarriers: boolean;
  /** Serials in flight, oldest first. */
  #pending: number[] = [];
  readonly #ended = new Set<number>();
  #serial = 0;

  constructor(inner: Backend, report: StrictReport, { exactBarriers = true }: StrictOptions) {
    super(inner);
    this.#report = report;
    this.#exactBarriers = exactBarriers;
    // Nothing is in flight on a device that is gone.
    void inner.lost.then(() => {
      this.#pending = [];
      this.#history = new PassHistory();
    });
    const { hostMemory } = inner;
    if (hostMemory !== undefined) {
      this.hostMemory = {
        read: (allocation, offset, byteLength) => {
          this.#checkHostRead(allocation, offset, byteLength);
          return hostMemory.read(allocation, offset, byteLength);
        },
      };
    }
  }

  override allocate(byteLength: number): MaybePromise<Allocation> {
    if (byteLength <= 0 || byteLength % 16 !== 0 || byteLength > this.limits.maxAllocationBytes) {
      this.#note('life cycle', `${byteLength} bytes were asked for`);
    }
    const allocation = this.inner.allocate(byteLength);
    return allocation instanceof Promise
      ? allocation.then((made) => this.#adopt(made, byteLength))
      : this.#adopt(allocation, byteLength);
  }

  override free(allocation: Allocation): void {
    if (!this.#live.delete(allocation)) this.#note('life cycle', 'an allocation was freed twice');
    else {
      this.#report.allocations--;
      this.#report.allocatedBytes -= allocation.byteLength;
    }
    if (this.#history.uses(allocation)) {
      this.#note('life cycle', 'an allocation was freed while a submission in flight uses it');
    }
    this.inner.free(allocation);
  }

  override prepare(request: PipelineRequest): MaybePromise<Pipeline> {
    const pipeline = this.inner.prepare(request);
    return pipeline instanceof Promise
      ? pipeline.then((made) => this.#uses.note(made, request.kernel))
      : this.#uses.note(pipeline, request.kernel);
  }

  override async submit(submission: Submission): Promise<Completion> {
    const { serial } = submission;
    this.#pending.push(serial);
    if (this.#pending.length > this.limits.maxSubmissionsInFlight) {
      this.#note('bounds', `${this.#pending.length} submissions are in flight`);
    }
    const violations = this.#check(submission);
    this.#report.violations.push(...violations);
    try {
      if (violations.length > 0) throw new ContractViolation(violations);
      const completion = await this.inner.submit(submission);
      // A device that is lost has nothing pending any more.
      if (this.#pending.length > 0 && this.#pending[0] !== serial) {
        this.#note('life cycle', `submission ${serial} settled before ${this.#pending[0]}`);
      }
      return completion;
    } finally {
      this.#end(serial);
    }
  }

  /** A submission that never ran ends after those before it all the same: others may wait for it. */
  #end(serial: number): void {
    this.#ended.add(serial);
    while (this.#ended.has(this.#pending[0])) {
      this.#history.completed(this.#pending[0]);
      this.#pending.shift();
    }
  }

  #check(submission: Submission): Violation[] {
    const { limits, capabilities } = this;
    const violations = checkSubmission(submission, { limits, capabilities, uses: this.#uses });
    const late: Violation[] = [];
    if (submission.serial !== ++this.#serial) {
      late.push({ rule: 'life cycle', message: `serial ${submission.serial} in place of ${this.#serial}` });
    }
    if (submission.memory.some(({ allocation }) => !this.#live.has(allocation))) {
      late.push({ rule: 'life cycle', message: 'the memory table holds an allocation that is not live' });
    }
    violations.push(...late);
    // What follows takes well-formed steps for granted.
    if (violations.length > 0) return violations;
    const passes: ParsedPass[] = parsePasses(submission.steps);
    for (const pass of passes) violations.push(...findRaces(pass, submission, this.#uses));
    const unordered = this.#history.add(passes, submission, this.#uses);
    if (capabilities.explicitWaits) violations.push(...unordered);
    violations.push(...this.#written.walk(passes, submission, this.#uses));
    return violations.filter(({ rule }) => this.#exactBarriers || rule !== 'needless barrier');
  }

  #adopt(allocation: Allocation, byteLength: number): Allocation {
    if (allocation.byteLength !== byteLength) {
      this.#note('life cycle', `${byteLength} bytes were asked for, ${allocation.byteLength} were given`);
    }
    if (this.#live.has(allocation)) this.#note('life cycle', 'an allocation was given out twice');
    this.#live.add(allocation);
    this.#report.allocations++;
    this.#report.allocatedBytes += allocation.byteLength;
    return allocation;
  }

  #checkHostRead(allocation: Allocation, offset: number, byteLength: number): void {
    if (!this.#live.has(allocation)) this.#note('life cycle', 'the host reads a freed allocation');
    const writer = this.#history.writerOf(allocation, offset, offset + byteLength);
    if (writer === undefined) return;
    this.#note('race', `the host reads bytes that "${writer}", which is in flight, writes`);
  }

  #note(rule: Rule, message: string): void {
    this.#report.violations.push({ rule, message });
  }
}
