/** Options of a device, and opening the backend that a configuration names. */

import type { BackendFactory } from './backend.js';
import { toWickError, WickError } from './errors.js';
import type { PlanningOptions } from './planning/plan.js';

/** Options of a device. */
export interface DeviceOptions {
  readonly planning?: PlanningOptions;
  /** Whether freed memory is kept for reuse. Default: true. */
  readonly pooling?: boolean;
  /** Most bytes kept for reuse. Default: 1 GiB. */
  readonly maxPooledBytes?: number;
  /** Whether the trace runs from the beginning. Default: false. */
  readonly trace?: boolean;
  /** Called with the label of every buffer that was garbage-collected without being freed. */
  readonly onLeak?: (label: string) => void;
}

/** What `wick.config.json`, or a program, says about the backend. */
export interface WickConfig {
  /** A backend's name, or several in order of preference. Default: `cpu`. */
  readonly backend?: string | readonly string[];
  /** Options for each backend's factory, by name. */
  readonly backends?: Readonly<Record<string, unknown>>;
  readonly device?: DeviceOptions;
}

/** A backend package: its default export makes a factory. */
export interface BackendModule {
  readonly default: (options?: never) => BackendFactory;
}

/** Imports the package of a backend; by convention `@wick/backend-NAME`. */
export type BackendLoader = (name: string) => Promise<BackendModule>;

/** A factory that tries the configured backends in order and says what became of each. */
export function configuredBackend(config: WickConfig, load: BackendLoader): BackendFactory {
  const names = config.backend === undefined ? ['cpu'] : [config.backend].flat();
  return {
    name: names.join(', '),
    async open() {
      const failures: string[] = [];
      for (const name of names) {
        try {
          return await (await factoryOf(name, config, load)).open();
        } catch (thrown) {
          failures.push(`${name}: ${toWickError(thrown, 'BACKEND_UNAVAILABLE', 'not available').message}`);
        }
      }
      throw new WickError('BACKEND_UNAVAILABLE', `no backend could be opened; tried ${failures.join('; ')}`);
    },
  };
}

async function factoryOf(name: string, config: WickConfig, load: BackendLoader): Promise<BackendFactory> {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new WickError('BACKEND_UNAVAILABLE', `"${name}" is no backend's name`);
  }
  let module: BackendModule;
  try {
    module = await load(name);
  } catch (thrown) {
    const cause = thrown instanceof Error ? thrown : undefined;
    throw new WickError('BACKEND_UNAVAILABLE', `the package of backend "${name}" is not installed`, {
      cause,
    });
  }
  return (module.default as (options: unknown) => BackendFactory)(config.backends?.[name]);
}

const KEYS: Readonly<Record<keyof WickConfig, string>> = {
  backend: 'a name, or a list of names',
  backends: 'an object of options by backend name',
  device: 'an object of device options',
};

/** Checks a parsed configuration; throws `BAD_CONFIG` naming the key. */
export function checkConfig(value: unknown, label: string): WickConfig {
  const bad = (what: string) => new WickError('BAD_CONFIG', `${label}: ${what}`, { label });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad('is not an object');
  for (const [key, given] of Object.entries(value)) {
    const expected = KEYS[key as keyof WickConfig];
    if (expected === undefined) throw bad(`"${key}" is unknown; known are ${Object.keys(KEYS).join(', ')}`);
    const names = [given].flat();
    const fits =
      key === 'backend'
        ? names.length > 0 && names.every((name) => typeof name === 'string')
        : typeof given === 'object' && given !== null && !Array.isArray(given);
    if (!fits) throw bad(`"${key}" must be ${expected}`);
  }
  return value as WickConfig;
}
