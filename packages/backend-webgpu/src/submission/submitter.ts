/** Hands submissions to the queue and waits for them. */

import type { Step, Submission, WickError } from '@wick/core';
import { scoped } from '../errors.js';
import { BindGroups } from './bind-groups.js';
import { encodeProgram, type Staging, writeBytes, writeQueue } from './encode.js';
import { ParamsBuffer } from './params.js';
import { Program } from './program.js';
import { StagingPool } from './staging.js';

/** The constant `GPUMapMode.READ`, which not every host has as a global. */
const READ = 0x1;

export class Submitter {
  /** Programs live as long as the plans that their steps belong to. */
  readonly #programs = new WeakMap<readonly Step[], Program>();
  readonly #groups: BindGroups;
  readonly #params: ParamsBuffer;
  readonly #uploads: StagingPool;
  readonly #downloads: StagingPool;

  constructor(private readonly device: GPUDevice) {
    this.#groups = new BindGroups(device);
    this.#params = new ParamsBuffer(device);
    this.#uploads = StagingPool.forUploads(device);
    this.#downloads = StagingPool.forReads(device);
  }

  /**
   * Commits a submission before it returns. Resolves when its effects are visible and its downloads filled,
   * with the error that it caused, if it did.
   */
  submit(submission: Submission): Promise<WickError | undefined> {
    const { value: staging, error } = scoped(this.device, `submission "${submission.label}"`, () =>
      this.#commit(submission),
    );
    return this.#complete(submission, staging, error);
  }

  destroy(): void {
    this.#params.destroy();
    this.#uploads.destroy();
    this.#downloads.destroy();
  }

  #commit(submission: Submission): Staging {
    const { steps, memory, params, label } = submission;
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
    encodeProgram(encoder, program, memory, groups, staging);
    queue.submit([encoder.finish()]);
    // The queue works in order: what later submissions write there comes after what this one copies.
    if (staging.uploads !== undefined) this.#uploads.give(staging.uploads);
    return staging;
  }

  async #complete(
    submission: Submission,
    { downloads: mapped }: Staging,
    error: Promise<WickError | undefined>,
  ): Promise<WickError | undefined> {
    // Both are asked for at once; a failed submission still has to be waited for.
    const done = mapped === undefined ? this.device.queue.onSubmittedWorkDone() : mapped.mapAsync(READ);
    const [ended, cause] = await Promise.all([
      done.then(
        () => undefined,
        (thrown: unknown) => ({ thrown }),
      ),
      error,
    ]);
    if (ended !== undefined || cause !== undefined) {
      mapped?.destroy();
      if (cause !== undefined) return cause;
      throw ended?.thrown;
    }
    if (mapped === undefined) return undefined;
    const program = this.#programs.get(submission.steps);
    const bytes = mapped.getMappedRange();
    for (const [i, offset] of program?.downloads.entries() ?? []) {
      const download = submission.downloads[i];
      download.set(new Uint8Array(bytes, offset, download.byteLength));
    }
    mapped.unmap();
    this.#downloads.give(mapped);
    return undefined;
  }
}
