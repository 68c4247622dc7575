/** A folder on a server: what browsers, Deno and Node read models from over HTTP. */

import { toWickError, WickError } from '@wick/core';
import { type OnProgress, ProgressCounter } from '../progress.js';
import { memorySource } from './memory.js';
import { type ByteFolder, type ByteSource, checkFileName } from './source.js';

/** Options of `fetchFolder`. */
export interface FetchFolderOptions {
  /** Receives `download` events in bytes, for each file by itself. */
  readonly onProgress?: OnProgress | undefined;
  /** Ends downloads with `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
  /** In place of the global `fetch`: to add headers, to cache, or to test. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

/**
 * The folder at `url`. A file is downloaded whole when it is opened and stays in memory until its source is
 * closed; nothing is kept beyond that, so a second opening asks the server, or the browser's cache, again.
 *
 * Its calls reject with `BAD_FILE` where the server answers with anything but the file or 404, and with
 * `CANCELLED` by the signal.
 *
 * @param url of the folder, absolute, or relative to the page
 */
export function fetchFolder(url: string, options: FetchFolderOptions = {}): ByteFolder {
  const root = url.endsWith('/') ? url.slice(0, -1) : url;
  const label = root.slice(root.lastIndexOf('/') + 1) || root;
  return {
    label,
    async has(name) {
      checkFileName(name, label);
      const { status } = await request(`${root}/${encodeURIComponent(name)}`, name, 'HEAD', options);
      return status !== 404;
    },
    async open(name) {
      checkFileName(name, label);
      const response = await request(`${root}/${encodeURIComponent(name)}`, name, 'GET', options);
      if (response.status === 404) {
        throw new WickError('BAD_FILE', `There is no ${name} in ${label}.`, { label: name });
      }
      return await download(response, name, options);
    },
    folder(name) {
      checkFileName(name, label);
      return fetchFolder(`${root}/${encodeURIComponent(name)}`, options);
    },
  };
}

/** An answer that is the file, or that says that there is none. */
async function request(
  url: string,
  name: string,
  method: 'GET' | 'HEAD',
  { signal, fetch: ask = fetch }: FetchFolderOptions,
): Promise<Response> {
  let response: Response;
  try {
    response = await ask(url, { method, ...(signal === undefined ? {} : { signal }) });
  } catch (thrown) {
    throw failure(thrown, name, signal);
  }
  if (response.ok || response.status === 404) return response;
  const said = `${response.status} ${response.statusText}`.trim();
  throw new WickError('BAD_FILE', `The server answers ${said} for ${name}.`, { label: name });
}

async function download(
  response: Response,
  name: string,
  { onProgress, signal }: FetchFolderOptions,
): Promise<ByteSource> {
  // What a compressed answer says of its length is not the length of the file.
  const said = response.headers.has('content-encoding') ? null : response.headers.get('content-length');
  const total = said === null ? undefined : Number(said);
  const progress = new ProgressCounter('download', name, total, onProgress);
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  try {
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value !== undefined; part = await reader?.read()) {
      parts.push(part.value);
      byteLength += part.value.byteLength;
      progress.add(part.value.byteLength);
    }
  } catch (thrown) {
    throw failure(thrown, name, signal);
  }
  if (total !== undefined && byteLength !== total) {
    throw new WickError('BAD_FILE', `The download of ${name} ended after ${byteLength} of ${total} bytes.`, {
      label: name,
    });
  }
  return memorySource(joined(parts, byteLength), name);
}

function joined(parts: readonly Uint8Array[], byteLength: number): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const bytes = new Uint8Array(byteLength);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return bytes;
}

function failure(thrown: unknown, name: string, signal: AbortSignal | undefined): WickError {
  if (signal?.aborted) {
    return new WickError('CANCELLED', `The download of ${name} was cancelled.`, {
      label: name,
      cause: signal.reason,
    });
  }
  return toWickError(thrown, 'BAD_FILE', `${name} cannot be downloaded`);
}
