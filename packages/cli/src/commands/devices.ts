/** `wick devices`: which backends can be opened here, and what they can do. */

import { type BackendLoader, configuredBackend, type WickConfig } from '@wick/core';
import type { DevicesFlags } from '../args/options.js';
import { backendPackage, isNotInstalled, KNOWN_BACKENDS, loadBackend } from '../backends.js';
import { readConfig } from '../config.js';
import { EXIT } from '../failure.js';
import { type BackendReport, formatDevices } from '../format/devices.js';
import type { Io } from '../io.js';

export async function devices(
  io: Io,
  flags: DevicesFlags,
  load: BackendLoader = loadBackend,
): Promise<number> {
  const config = await readConfig(io, flags.config);
  const names = new Set([
    ...KNOWN_BACKENDS.map(({ name }) => name),
    ...[config.backend ?? []].flat(),
    ...Object.keys(config.backends ?? {}),
  ]);
  const reports: BackendReport[] = [];
  for (const name of names) reports.push(await probe(name, config, load));
  const text = flags.json ? JSON.stringify(reports, undefined, 2) : formatDevices(reports);
  await io.stdout.write(`${text}\n`);
  return EXIT.ok;
}

/** Opens a backend with its configured options and closes it again. */
async function probe(name: string, config: WickConfig, load: BackendLoader): Promise<BackendReport> {
  const summary = KNOWN_BACKENDS.find((known) => known.name === name)?.summary;
  const entry = { name, package: backendPackage(name), ...(summary === undefined ? {} : { summary }) };
  // The core tells the story of a list of backends; here the first cause is wanted.
  let cause: unknown;
  const note = (thrown: unknown): never => {
    cause ??= thrown;
    throw thrown;
  };
  const noting: BackendLoader = async (wanted) => {
    const module = await load(wanted).catch(note);
    return {
      default(options) {
        const factory = module.default(options);
        return { name: factory.name, open: () => factory.open().catch(note) };
      },
    };
  };
  try {
    const backend = await configuredBackend({ ...config, backend: name }, noting).open();
    const { info, limits, capabilities } = backend;
    backend.destroy();
    return { ...entry, state: 'available', info, limits, capabilities };
  } catch (thrown) {
    const first = cause ?? thrown;
    if (isNotInstalled(first, name)) return { ...entry, state: 'not installed' };
    return { ...entry, state: 'unavailable', reason: first instanceof Error ? first.message : String(first) };
  }
}
