/** Hands submissions to the queue and waits for them. */

import type { PassTime, Step, Submission, WickError } from '@wick/core';
import { scoped } from '../errors.js';
import { BindGroups } from './bind-groups.js';
import { encodeProgram, type Staging, writeBytes, writeQueue } from './encode.js';
import { ParamsBuffer } from './params.js';
import { Program } from './program.js';
import { StagingPool } from './staging.js';
import { type PassTimers, Timestamps } from './timestamps.js';

/** The constant `GPUMapMode.READ`, which not every host has as a global. */
const READ = 0x1;

/** What a submission leaves to be waited for. */
interface Committed {
  readonly staging: Staging;
  readonly timers: PassTimers | undefined;
}

/** How a submission ended. */
export interface Outcome {
  /** What it caused, if it failed. */
  readonly error?: WickError;
  /** When its passes ran, where that was asked for. */
  readonly passes?: readonly PassTime[];
}

export class Submitter {
  /** Programs live as long as the plans that their steps belong to. */
  readonly #programs = new WeakMap<readonly Step[], Program>();
  readonly #groups: BindGroups;
  readonly #params: ParamsBuffer;
  readonly #uploads: StagingPool;
  readonly #downloads: StagingPool;
  readonly #timestamps: Timestamps;

  constructor(private readonly device: GPUDevice) {
    this.#groups = new BindGroups(device);
    this.#params = new ParamsBuffer(device);
    this.#uploads = StagingPool.forUploads(device);
    this.#downloads = StagingPool.forReads(device);
    this.#timestamps = new Timestamps(device);
  }

  /**
   * Commits a submission before it returns. Resolves when its effects are visible and its downloads filled,
   * with the error that it caused, if it did.
   */
  submit(submission: Submission): Promise<Outcome> {
    const { value: committed, error } = scoped(this.device, `submission "${submission.label}"`, () =>
      this.#commit(submission),
    );
    return this.#complete(submission, committed, error);
  }

  destroy(): void {
    this.#params.destroy();
    this.#uploads.destroy();
    this.#downloads.destroy();
  }

  #commit(submission: Submission): Committed {
    const { steps, memory, params, label, timed } = submission;
    const { queue } = this.device;
    let program = this.#programs.get(steps);
    if (program === undefined) {
      program = new Program(steps);
      this.#programs.set(steps, program);
    }
    const { uploadStagingBytes, downloadStagingBytes } = program;
    const staging = {
      uploads: uploadStagingBytes > 0 ? this.#uploads.take(uploadStagingBytes) : undefined,
      downloads: downloadStagingBytes > 0 ? this.#downloads.take(downloadStagingBytes) : undefined,
    };
    if (params.byteLength > 0) {
      this.#params.reserve(params.byteLength);
      writeBytes(queue, this.#params.buffer, 0, params);
    }
    writeQueue(queue, program, submission, staging);
    const groups = program.groups(submission, this.#params, this.#groups);
    const encoder = this.device.createCommandEncoder({ label });
    const timers = timed === true ? this.#timestamps.timers(program.computePasses) : undefined;
    encodeProgram(encoder, program, memory, groups, staging, timers);
    timers?.resolve(encoder);
    queue.submit([encoder.finish()]);
    // The queue works in order: what later submissions write there comes after what this one copies.
    if (staging.uploads !== undefined) this.#uploads.give(staging.uploads);
    return { staging, timers };
  }

  async #complete(
    submission: Submission,
    { staging: { downloads: mapped }, timers }: Committed,
    error: Promise<WickError | undefined>,
  ): Promise<Outcome> {
    // Both are asked for at once; a failed submission still has to be waited for.
    const done = mapped === undefined ? this.device.queue.onSubmittedWorkDone() : mapped.mapAsync(READ);
    const [passes, ended, cause] = await Promise.all([
      this.#passTimes(timers),
      done.then(
        () => undefined,
        (thrown: unknown) => ({ thrown }),
      ),
      error,
    ]);
    if (ended !== undefined || cause !== undefined) {
      mapped?.destroy();
      if (cause !== undefined) return { error: cause };
      throw ended?.thrown;
    }
    const times = passes === undefined ? {} : { passes };
    if (mapped === undefined) return times;
    const program = this.#programs.get(submission.steps);
    const bytes = mapped.getMappedRange();
    for (const [i, offset] of program?.downloads.entries() ?? []) {
      const download = submission.downloads[i];
      download.set(new Uint8Array(bytes, offset, download.byteLength));
    }
    mapped.unmap();
    this.#downloads.give(mapped);
    return times;
  }

  /** Whatever keeps the times from being read is told by the submission itself. */
  async #passTimes(timers: PassTimers | undefined): Promise<readonly PassTime[] | undefined> {
    try {
      const times = await timers?.read();
      return times === undefined ? undefined : this.#timestamps.toHostClock(times);
    } catch {
      return undefined;
    } finally {
      timers?.destroy();
    }
  }
}
