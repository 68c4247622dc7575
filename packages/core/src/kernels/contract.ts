/**
 * What a kernel is to the core: a name, ordered bindings with their access, a parameter struct, the
 * dtypes it takes. The core plans with it; each backend holds an implementation. A user's own kernel,
 * made by `defineKernel`, is the same thing with sources and a reference function attached.
 */

import { WickError } from '../errors.js';
import { DTYPES, type DType } from './dtype.js';
import { type ParamSpec, ParamStruct, type ParamView } from './params.js';

/** How a dispatch uses a binding. `write` promises that every byte of the bound range is written. */
export type Access = 'read' | 'write' | 'readWrite';

/** One binding of a kernel. */
export interface BindingContract {
  readonly name: string;
  readonly access: Access;
  /** The dtypes that may be bound here. */
  readonly dtypes: readonly DType[];
  /** Whether a dispatch may leave it out. Default: false. */
  readonly optional?: boolean;
}

/** Compile-time constants of a kernel: they select a variant of it. */
export type KernelConstants = Readonly<Record<string, string | number | boolean>>;

/** A kernel as the core and every backend know it. */
export interface KernelContract<S extends ParamSpec = ParamSpec> {
  /** Unique among built-in kernels; a user's kernel should carry a prefix of its own. */
  readonly name: string;
  /** In binding order: binding number i of every backend is `bindings[i]`. */
  readonly bindings: readonly BindingContract[];
  readonly params: ParamStruct<S>;
  /**
   * Names of the compile-time constants with the values they may take; `'any'` for a free one.
   */
  readonly constants: Readonly<Record<string, readonly (string | number | boolean)[] | 'any'>>;
  /** What a user's kernel computes, in one sentence with its formula; empty in the catalogue. */
  readonly summary: string;
  /** Present on a user's kernel: its source for each backend, by backend name. */
  readonly sources?: KernelSources;
  /**
   * Present on a user's kernel: the plain loop that every source is held to. A {@link ReferenceFunction},
   * written as a method so that a contract of any parameter struct is a `KernelContract`.
   */
  reference?(call: ReferenceCall<S>): void;
}

/** WGSL source of a user's kernel: bindings 0..n-1 of group 0, the parameter struct at binding n. */
export interface WgslSource {
  readonly wgsl: string;
  /** Default: `main`. */
  readonly entryPoint?: string;
  /** Grid points that one workgroup covers along x, y and z; default `[64, 1, 1]`. */
  readonly tile?: readonly [number, number, number];
}

/** MSL source of a user's kernel: buffers 0..n-1, the parameter struct at buffer n. */
export interface MslSource {
  readonly msl: string;
  /** Default: the kernel's name. */
  readonly entryPoint?: string;
  /** Grid points that one threadgroup covers along x, y and z; default `[64, 1, 1]`. */
  readonly tile?: readonly [number, number, number];
  /** Threads of a threadgroup along x, y and z; default: one for each point of the tile. */
  readonly threads?: readonly [number, number, number];
}

/** Sources by backend name. The CPU backend runs the reference function and needs none. */
export interface KernelSources {
  readonly webgpu?: WgslSource;
  readonly metal?: MslSource;
  readonly [backend: string]: unknown;
}

/** The memory of one binding as a reference function sees it; float16 arrives decoded to float32. */
export type BindingArray = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** What a reference function is given. */
export interface ReferenceCall<S extends ParamSpec = ParamSpec> {
  /** By binding name; an optional binding that was left out is missing. */
  readonly bindings: Readonly<Record<string, BindingArray>>;
  readonly params: ParamView<S>;
  readonly constants: KernelConstants;
  /** The dispatch's grid: its independent outputs along x, y and z. */
  readonly grid: readonly [number, number, number];
}

/** Computes the whole grid of one dispatch; writes only to `write` and `readWrite` bindings. */
export type ReferenceFunction<S extends ParamSpec = ParamSpec> = (call: ReferenceCall<S>) => void;

/** A kernel as declared by its author. */
export interface KernelDefinition<S extends ParamSpec> {
  readonly name: string;
  /** By name, in binding order: an access, or an access with the dtypes it takes (default float32). */
  readonly bindings: Readonly<
    Record<string, Access | { access: Access; dtypes?: readonly DType[]; optional?: boolean }>
  >;
  /** Fields in memory order; default: none. */
  readonly params?: S;
  readonly constants?: KernelContract['constants'];
  readonly summary?: string;
  readonly sources?: KernelSources;
  readonly reference?: ReferenceFunction<S>;
}

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]*$/;

/** Checks a definition and makes the contract; `INVALID_ARGUMENT` says what is wrong with it. */
function makeContract<S extends ParamSpec>(definition: KernelDefinition<S>): KernelContract<S> {
  const bad = (what: string) => new WickError('INVALID_ARGUMENT', `kernel "${definition.name}": ${what}`);
  if (!/^[A-Za-z][\w.:/-]*$/.test(definition.name)) throw bad('the name must begin with a letter');
  const bindings = Object.entries(definition.bindings).map(([name, declared]): BindingContract => {
    const {
      access,
      dtypes = ['float32'] as const,
      optional = false,
    } = typeof declared === 'string' ? { access: declared } : declared;
    if (!IDENTIFIER.test(name)) throw bad(`binding "${name}" is not an identifier`);
    if (!['read', 'write', 'readWrite'].includes(access))
      throw bad(`binding "${name}" has access "${access}"`);
    const unknown = dtypes.find((dtype) => !DTYPES.includes(dtype));
    if (unknown !== undefined) throw bad(`binding "${name}" takes the unknown dtype "${unknown}"`);
    if (optional && access !== 'read') throw bad(`binding "${name}" is optional but not read-only`);
    return { name, access, dtypes, optional };
  });
  if (!bindings.some((binding) => binding.access !== 'read')) throw bad('no binding is written');
  const params = new ParamStruct((definition.params ?? {}) as S);
  const misnamed = params.fields.find((field) => !IDENTIFIER.test(field.name));
  if (misnamed !== undefined) throw bad(`parameter "${misnamed.name}" is not an identifier`);
  const base = {
    name: definition.name,
    bindings,
    params,
    constants: definition.constants ?? {},
    summary: definition.summary ?? '',
  };
  return Object.freeze({
    ...base,
    ...(definition.sources === undefined ? {} : { sources: definition.sources }),
    ...(definition.reference === undefined ? {} : { reference: definition.reference }),
  });
}

/**
 * Defines a kernel of your own. It is planned, replayed, traced and held to its reference like a
 * built-in one. A backend that finds no source under its name refuses it with `KERNEL_UNSUPPORTED`.
 *
 * @throws WickError `INVALID_ARGUMENT` if a name, an access or a dtype is not usable
 */
export function defineKernel<const S extends ParamSpec = Record<never, never>>(
  definition: KernelDefinition<S>,
): KernelContract<S> {
  const hasSource = Object.values(definition.sources ?? {}).some((source) => source !== undefined);
  if (definition.reference === undefined && !hasSource) {
    throw new WickError(
      'INVALID_ARGUMENT',
      `kernel "${definition.name}" has neither a source nor a reference function`,
    );
  }
  return makeContract(definition);
}

/**
 * Declares a kernel of the catalogue: its sources live in the backends. What it computes stands in a comment,
 * which no page has to download.
 */
export function catalogueKernel<const S extends ParamSpec>(
  definition: Omit<KernelDefinition<S>, 'sources' | 'reference' | 'summary'>,
): KernelContract<S> {
  return makeContract(definition);
}
