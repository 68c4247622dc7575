/**
 * The parameter struct of a kernel and its byte layout. The layout is the one that a WGSL uniform
 * struct and an MSL constant struct share: scalars at multiples of 4, arrays as vectors of four at
 * multiples of 16 (`u32x8` is `array<vec4<u32>, 2>` in WGSL and `uint4[2]` in MSL), the size a multiple
 * of 16.
 */

import { WickError } from '../errors.js';

/** The type of one field: a 32-bit scalar, or an array whose length is a multiple of four. */
export type ParamType = 'u32' | 'i32' | 'f32' | 'u32x4' | 'i32x4' | 'f32x4' | 'u32x8' | 'i32x8';

/** A parameter struct as declared: field names and types in memory order. */
export type ParamSpec = Readonly<Record<string, ParamType>>;

/** A scalar that is supplied anew at every replay; see {@link ReplayParam}. */
export class ReplayParam {
  /**
   * @param name the key under which the replay supplies the value
   * @param offset an integer added to the supplied value
   * @param initial the value used while recording
   */
  constructor(
    readonly name: string,
    readonly initial: number,
    readonly offset = 0,
  ) {}

  /** The same parameter with `n` added to whatever value is supplied. */
  plus(n: number): ReplayParam {
    return new ReplayParam(this.name, this.initial, this.offset + n);
  }

  /** The value while recording. */
  get value(): number {
    return this.initial + this.offset;
  }
}

/** The value of one field. An array field takes at most its declared length; the rest is 0. */
export type ParamValue<T extends ParamType = ParamType> = T extends 'u32' | 'i32' | 'f32'
  ? number | ReplayParam
  : readonly number[];

/** The values of a struct. */
export type ParamValues<S extends ParamSpec> = { readonly [K in keyof S]: ParamValue<S[K]> };

/** What a kernel body sees: every field decoded. */
export type ParamView<S extends ParamSpec> = {
  readonly [K in keyof S]: S[K] extends 'u32' | 'i32' | 'f32' ? number : readonly number[];
};

/** One field of a parameter struct, at its place. */
export interface ParamField {
  readonly name: string;
  readonly type: ParamType;
  /** Byte offset inside the struct. */
  readonly offset: number;
  /** Number of 32-bit lanes. */
  readonly length: number;
}

/** Where a replay writes a scalar anew. */
export interface ParamPatch {
  /** Byte offset of the scalar inside the struct. */
  readonly offset: number;
  readonly type: ParamType;
  readonly param: ReplayParam;
}

const LANES: Readonly<Record<ParamType, number>> = {
  u32: 1,
  i32: 1,
  f32: 1,
  u32x4: 4,
  i32x4: 4,
  f32x4: 4,
  u32x8: 8,
  i32x8: 8,
};

/** A laid-out parameter struct. */
export class ParamStruct<S extends ParamSpec = ParamSpec> {
  readonly fields: readonly ParamField[];
  /** Bytes of the struct, a multiple of 16; 0 for a struct without fields. */
  readonly byteLength: number;

  constructor(readonly spec: S) {
    let offset = 0;
    const fields: ParamField[] = [];
    for (const [name, type] of Object.entries(spec)) {
      const length = LANES[type];
      if (!Object.hasOwn(LANES, type)) {
        throw new WickError('INVALID_ARGUMENT', `parameter "${name}" has the unknown type "${type}"`);
      }
      if (length > 1) offset = Math.ceil(offset / 16) * 16;
      fields.push({ name, type, offset, length });
      offset += 4 * length;
    }
    this.fields = fields;
    this.byteLength = Math.ceil(offset / 16) * 16;
  }

  /**
   * Writes `values` at `offset` of `target` (which must be zero there) and returns the places that a
   * replay has to patch. Throws `INVALID_ARGUMENT` for a missing or unusable value.
   */
  encode(values: ParamValues<S>, target: DataView, offset: number): ParamPatch[] {
    let patches: ParamPatch[] | undefined;
    for (const field of this.fields) {
      const value = values[field.name];
      const at = offset + field.offset;
      const scalar = field.length === 1;
      if (typeof value === 'number' && scalar) {
        writeScalar(target, at, field.type, value, field.name);
      } else if (value instanceof ReplayParam && scalar) {
        writeScalar(target, at, field.type, value.value, field.name);
        patches ??= [];
        patches.push({ offset: field.offset, type: field.type, param: value });
      } else if (Array.isArray(value) && !scalar && value.length <= field.length) {
        for (let i = 0; i < value.length; i++)
          writeScalar(target, at + 4 * i, field.type, value[i], field.name);
      } else {
        throw new WickError(
          'INVALID_ARGUMENT',
          `parameter "${field.name}" of type ${field.type} cannot be ${value}`,
        );
      }
    }
    return patches ?? NO_PATCHES;
  }

  /** Reads the struct back, for backends that run a kernel in TypeScript. */
  decode(source: DataView, offset: number): ParamView<S> {
    const view: Record<string, number | number[]> = {};
    for (const field of this.fields) {
      const at = offset + field.offset;
      if (field.length === 1) view[field.name] = readScalar(source, at, field.type);
      else
        view[field.name] = Array.from({ length: field.length }, (_, i) =>
          readScalar(source, at + 4 * i, field.type),
        );
    }
    return view as ParamView<S>;
  }
}

const NO_PATCHES: ParamPatch[] = [];

/** Writes one 32-bit scalar of a parameter struct; used for recording and for patching a replay. */
export function writeScalar(
  target: DataView,
  at: number,
  type: ParamType,
  value: number,
  name: string,
): void {
  // Its first letter is its number format: this runs for every parameter of every dispatch.
  const format = type[0];
  if (format === 'f') {
    target.setFloat32(at, value, true);
    return;
  }
  const low = format === 'u' ? 0 : -0x80000000;
  const high = format === 'u' ? 0xffffffff : 0x7fffffff;
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new WickError('INVALID_ARGUMENT', `parameter "${name}" of type ${type} cannot be ${value}`);
  }
  if (low === 0) target.setUint32(at, value, true);
  else target.setInt32(at, value, true);
}

function readScalar(source: DataView, at: number, type: ParamType): number {
  if (type.startsWith('f')) return source.getFloat32(at, true);
  return type.startsWith('u') ? source.getUint32(at, true) : source.getInt32(at, true);
}
