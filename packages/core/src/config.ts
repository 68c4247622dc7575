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

/**
 * A factory that tries the configured backends in order. Its `open` calls `onSkip` with why one could not be
 * opened, and rejects `BACKEND_UNAVAILABLE` with all that was tried where none could be. A wrong option of one
 * that is tried is no reason to skip it: `BAD_CONFIG`.
 */
export function configuredBackend(
  config: WickConfig,
  load: BackendLoader,
  onSkip?: (reason: string) => void,
): BackendFactory {
  const names = config.backend === undefined ? ['cpu'] : [config.backend].flat();
  return {
    name: names.join(', '),
    async open() {
      const failures: string[] = [];
      for (const name of names) {
        try {
          return await (await factoryOf(name, config, load)).open();
        } catch (thrown) {
          const { code, message } = toWickError(thrown, 'BACKEND_UNAVAILABLE', 'not available');
          if (code === 'BAD_CONFIG') throw thrown;
          failures.push(`${name}: ${message}`);
          onSkip?.(`${name}: ${message}`);
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
    // Hosts add where the import stands.
    const [reason] = (thrown instanceof Error ? thrown.message : String(thrown)).split(/\n| imported from /);
    const said = `the package of backend "${name}" is not installed, or cannot be loaded: ${reason}`;
    throw new WickError('BACKEND_UNAVAILABLE', said, { cause: thrown });
  }
  return (module.default as (options: unknown) => BackendFactory)(config.backends?.[name]);
}

/** What an option has to be; `keys` are the options inside it. */
interface Rule {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  readonly keys?: Readonly<Record<string, Rule>>;
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const OBJECT: Rule = { expected: 'an object', fits: isObject };
const BOOLEAN: Rule = { expected: 'true or false', fits: (value) => typeof value === 'boolean' };
const atLeast = (least: number): Rule => ({
  expected: `a number of at least ${least}`,
  fits: (value) => typeof value === 'number' && value >= least,
});

const BOUNDS = {
  maxCommandsPerSubmission: atLeast(1),
  maxBytesPerSubmission: atLeast(1),
  maxWorkPerSubmission: atLeast(1),
} satisfies Record<keyof NonNullable<PlanningOptions['bounds']>, Rule>;

const PLACEMENTS: readonly unknown[] = ['share', 'tight', 'apart'];

const PLANNING = {
  lookAhead: atLeast(1),
  placement: { expected: PLACEMENTS.join(', '), fits: (value) => PLACEMENTS.includes(value) },
  barriersEverywhere: BOOLEAN,
  bounds: { ...OBJECT, keys: BOUNDS },
} satisfies Record<keyof PlanningOptions, Rule>;

const DEVICE = {
  planning: { ...OBJECT, keys: PLANNING },
  pooling: BOOLEAN,
  maxPooledBytes: atLeast(0),
  trace: BOOLEAN,
  onLeak: { expected: 'a function', fits: (value) => typeof value === 'function' },
} satisfies Record<keyof DeviceOptions, Rule>;

const CONFIG = {
  backend: {
    expected: 'a name, or a list of names',
    fits: (value) => {
      const names = [value].flat();
      return names.length > 0 && names.every((name) => typeof name === 'string');
    },
  },
  backends: {
    expected: 'an object with an object of options for each backend',
    fits: (value) => isObject(value) && Object.values(value as object).every(isObject),
  },
  device: { ...OBJECT, keys: DEVICE },
} satisfies Record<keyof WickConfig, Rule>;

/** Checks a parsed configuration; throws `BAD_CONFIG` naming the key. */
export function checkConfig(value: unknown, label: string): WickConfig {
  check(value, { ...OBJECT, keys: CONFIG }, '', label);
  return value as WickConfig;
}

/** Checks the options of a device; throws `BAD_CONFIG` naming the option. */
export function checkDeviceOptions(options: DeviceOptions): void {
  check(options, { ...OBJECT, keys: DEVICE }, '', 'device options');
}

function check(value: unknown, { expected, fits, keys }: Rule, path: string, label: string): void {
  const bad = (what: string) => new WickError('BAD_CONFIG', `${label}: ${what}`, { label });
  if (!fits(value)) throw bad(`${path === '' ? 'it' : `"${path}"`} must be ${expected}`);
  if (keys === undefined) return;
  for (const [key, given] of Object.entries(value as object)) {
    const full = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(keys, key)) {
      throw bad(`"${full}" is unknown; known are ${Object.keys(keys).join(', ')}`);
    }
    if (given !== undefined) check(given, keys[key], full, label);
  }
}
