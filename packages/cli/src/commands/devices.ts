/** `wick devices`: which backends can be opened here, and what they can do. */

import { configuredBackend, type WickConfig } from '@wick/core';
import type { DevicesFlags } from '../args/options.js';
import { backendPackage, isNotInstalled, KNOWN_BACKENDS, loadBackend } from '../backends.js';
import { readConfig } from '../config.js';
import { EXIT, isWickError } from '../failure.js';
import { type BackendReport, formatDevices } from '../format/devices.js';
import type { Io } from '../io.js';

export async function devices(io: Io, flags: DevicesFlags, load = loadBackend): Promise<number> {
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
async function probe(name: string, config: WickConfig, load: typeof loadBackend): Promise<BackendReport> {
  const summary = KNOWN_BACKENDS.find((known) => known.name === name)?.summary;
  const entry = { name, package: backendPackage(name), ...(summary === undefined ? {} : { summary }) };
  let installed = true;
  const noting = async (wanted: string) => {
    try {
      return await load(wanted);
    } catch (thrown) {
      if (isNotInstalled(thrown, wanted)) installed = false;
      throw thrown;
    }
  };
  try {
    const backend = await configuredBackend({ ...config, backend: name }, noting).open();
    const { info, limits, capabilities } = backend;
    backend.destroy();
    return { ...entry, state: 'available', info, limits, capabilities };
  } catch (thrown) {
    if (!installed) return { ...entry, state: 'not installed' };
    const reason = isWickError(thrown) || thrown instanceof Error ? thrown.message : String(thrown);
    return { ...entry, state: 'unavailable', reason };
  }
}
