/**
 * A recording: commands in program order and the memory that they name, before any decision. Plain data:
 * everything in planning/ works on it and nothing else.
 */

import type { PipelineRequest } from '../backend.js';
import type { ParamPatch } from '../kernels/params.js';

/** Bits of {@link Use.access}. */
export const READ = 1;
export const WRITE = 2;
export const READ_WRITE = 3;

/** One use of memory by a command. */
export interface Use {
  /** Index into `Recording.resources`. */
  readonly resource: number;
  readonly offset: number;
  readonly byteLength: number;
  /** READ, WRITE or READ_WRITE; WRITE promises to write every byte. */
  readonly access: number;
}

export interface DispatchCommand {
  readonly kind: 'dispatch';
  readonly label: string;
  readonly uses: readonly Use[];
  /** For each binding its index in `uses`, -1 where an optional binding is left out. */
  readonly bindings: readonly number[];
  readonly request: PipelineRequest;
  /** Byte range inside `Recording.params`. */
  readonly paramsOffset: number;
  readonly paramsLength: number;
  readonly patches: readonly ParamPatch[];
  readonly grid: readonly [number, number, number];
  /** Estimated multiply-adds, or elements where there are none. */
  readonly work: number;
}

export interface CopyCommand {
  readonly kind: 'copy';
  readonly label: string;
  /** Source, then destination. */
  readonly uses: readonly [Use, Use];
}

export interface FillCommand {
  readonly kind: 'fill';
  readonly label: string;
  readonly uses: readonly [Use];
  readonly value: number;
}

/** Stands for bytes that every replay supplies anew. */
export interface HostSlot {
  /** The name under which the replay supplies them. */
  readonly slot: string;
  readonly byteLength: number;
}

export interface UploadCommand {
  readonly kind: 'upload';
  readonly label: string;
  readonly uses: readonly [Use];
  readonly data: Uint8Array | HostSlot;
}

export interface DownloadCommand {
  readonly kind: 'download';
  readonly label: string;
  readonly uses: readonly [Use];
  /** Index into the downloads of the recording. */
  readonly download: number;
}

export type Command = DispatchCommand | CopyCommand | FillCommand | UploadCommand | DownloadCommand;

/** Memory that commands name. */
export interface Resource {
  readonly byteLength: number;
  readonly label: string;
  /** Whether its whole life lies inside this recording, so that the planner may place it. */
  readonly temporary: boolean;
}

/** Commands in program order, and what they name. */
export interface Recording {
  readonly label: string;
  readonly commands: readonly Command[];
  readonly resources: readonly Resource[];
  /** All parameter structs; commands name ranges of it. */
  readonly params: Uint8Array;
}
