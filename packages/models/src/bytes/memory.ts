import { WickError } from '@wick/core';
import { type ByteFolder, type ByteSource, checkFileName, checkRead } from './source.js';

/** A source over bytes in memory. `bytes` is not copied and must not change while the source is used. */
export function memorySource(bytes: Uint8Array, label = 'memory'): ByteSource {
  let open = true;
  const source: ByteSource = {
    label,
    byteLength: bytes.byteLength,
    async read(offset, length, signal) {
      if (!open) throw new WickError('INVALID_STATE', `${label} is closed.`, { label });
      checkRead(source, offset, length, signal);
      return bytes.subarray(offset, offset + length);
    },
    async close() {
      open = false;
    },
  };
  return source;
}

/** A folder over files in memory, by name; a file in a folder of it is called `folder/name`. */
export function memoryFolder(files: ReadonlyMap<string, Uint8Array>, label = 'memory'): ByteFolder {
  return {
    label,
    async has(name) {
      checkFileName(name, label);
      return files.has(name);
    },
    async open(name) {
      checkFileName(name, label);
      const bytes = files.get(name);
      if (bytes === undefined)
        throw new WickError('BAD_FILE', `There is no ${name} in ${label}.`, { label: name });
      return memorySource(bytes, name);
    },
    folder(name) {
      checkFileName(name, label);
      const inside = [...files].filter(([path]) => path.startsWith(`${name}/`));
      return memoryFolder(
        new Map(inside.map(([path, bytes]) => [path.slice(name.length + 1), bytes])),
        `${label}/${name}`,
      );
    },
  };
}
