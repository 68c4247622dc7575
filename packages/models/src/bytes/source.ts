/**
 * Random access to the bytes of a file, wherever it lies: the one thing that the file formats need from
 * their host.
 */
import { WickError } from '@wick/core';
import { throwIfCancelled } from '../cancel.js';

/** Bytes that can be read at any offset. Reads may overlap in time. */
export interface ByteSource {
  /** The name of the file, for messages. */
  readonly label: string;
  /** Length of the whole file in bytes. */
  readonly byteLength: number;
  /**
   * Reads exactly `length` bytes from `offset`. The result belongs to the caller, who must not write to
   * it: a source in memory gives a view of its own bytes.
   *
   * @throws INVALID_ARGUMENT for a range outside the file, BAD_FILE when the file turns out to be shorter
   * than `byteLength` or cannot be read, INVALID_STATE after `close`, CANCELLED by `signal`.
   */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Gives back what the source holds. Closing twice is harmless. */
  close(): Promise<void>;
}

/** Files that lie beside each other, by name: a folder on a disk, a repository on a server, a test. */
export interface ByteFolder {
  /** The name of the folder, for messages. */
  readonly label: string;
  /** Whether there is a file of this name. */
  has(name: string): Promise<boolean>;
  /**
   * Opens the file of this name, which the caller closes.
   *
   * @throws INVALID_ARGUMENT for a name that `isPlainFileName` refuses, BAD_FILE if there is no such file.
   */
  open(name: string): Promise<ByteSource>;
  /** The folder of this name in it, which need not exist. INVALID_ARGUMENT as for `open`. */
  folder(name: string): ByteFolder;
}

/**
 * Whether `name` names a file directly in a folder: not empty, no `/`, `\`, `:` or NUL, and not `.` or
 * `..`. Names that come out of a file are held to this, so that no file makes a program open another one
 * elsewhere, on any system.
 */
export function isPlainFileName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\:\0]/.test(name);
}

/** Refuses a name that is not one of a file directly in a folder, with INVALID_ARGUMENT. */
export function checkFileName(name: string, folder: string): void {
  if (!isPlainFileName(name)) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(name)} is not the name of a file in ${folder}.`,
    );
  }
}

/** What every source checks before it reads. */
export function checkRead(source: ByteSource, offset: number, length: number, signal?: AbortSignal): void {
  throwIfCancelled(signal, `Reading ${source.label}`);
  // Compared as a difference: `offset + length` may round.
  const inside =
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    length <= source.byteLength - offset;
  if (!inside) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `Bytes ${offset} to ${offset + length} are not inside ${source.label}, which has ${source.byteLength}.`,
      { label: source.label },
    );
  }
}
