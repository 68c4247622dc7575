/** Recorded tensors and how close a result must come to them. */

import { readFileSync } from 'node:fs';
import type { Device } from '@wick/core';
import { type Tensor, tensor } from '@wick/tensor';
import { expect } from 'vitest';
import { decodeFloat32, findWeight, openSafetensorsFolder, type Weights } from '../../src/index.js';
import { fileFolder } from '../../src/node.js';

interface Recorded {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly tolerance?: { readonly atol: number; readonly rtol: number };
}

/** The tensors of a fixture folder: `reference.json` and `reference.safetensors`. */
export class Reference {
  private constructor(
    readonly tensors: Readonly<Record<string, Recorded>>,
    private readonly weights: Weights,
    private readonly checked = new Set<string>(),
  ) {}

  static async open(path: string): Promise<Reference> {
    const { tensors } = JSON.parse(readFileSync(`${path}/reference.json`, 'utf8')) as {
      tensors: Record<string, Recorded>;
    };
    return new Reference(tensors, await openSafetensorsFolder(fileFolder(path), 'reference'));
  }

  /** Names of recorded tensors that begin with `prefix`, without it. */
  names(prefix: string): string[] {
    return Object.keys(this.tensors)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  shape(name: string): readonly number[] {
    return findWeight(this.weights, name).shape;
  }

  async numbers(name: string): Promise<Float32Array> {
    return decodeFloat32(findWeight(this.weights, name).type, await this.weights.read(name), name);
  }

  /** A recorded tensor on a device, integers as int32. */
  async tensor(device: Device, name: string): Promise<Tensor> {
    const values = await this.numbers(name);
    const integer = findWeight(this.weights, name).type.startsWith('I');
    return tensor(device, integer ? Int32Array.from(values) : values, this.shape(name), { label: name });
  }

  /** Holds `got` to a recorded tensor by its own tolerance, or by `atol`. */
  async check(name: string, got: ArrayLike<number>, atol?: number): Promise<void> {
    const want = await this.numbers(name);
    const tolerance = atol === undefined ? this.tensors[name].tolerance : { atol, rtol: 0 };
    if (tolerance === undefined) throw new Error(`${name} has no tolerance`);
    expectClose(name, got, want, tolerance.atol, tolerance.rtol);
    this.checked.add(name);
  }

  /** Names that were never held against a result. */
  unchecked(prefix: string): string[] {
    return Object.keys(this.tensors).filter((name) => name.startsWith(prefix) && !this.checked.has(name));
  }

  close(): Promise<void> {
    return this.weights.close();
  }
}

/** |got - want| <= atol + rtol * |want| for every element. */
export function expectClose(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  atol: number,
  rtol = 0,
): void {
  expect(got.length, name).toBe(want.length);
  let worst = 0;
  for (let i = 0; i < want.length; i++) {
    const excess = Math.abs(got[i] - want[i]) - rtol * Math.abs(want[i]);
    worst = Math.max(worst, excess); // a NaN stays
  }
  expect(worst, name).toBeLessThanOrEqual(atol);
}

/** Collects what a forward pass shows, to be read after the run. */
export class Watch {
  readonly values = new Map<string, Promise<ArrayLike<number>>>();

  readonly observe = (name: string, value: Tensor): void => {
    this.values.set(name, value.data());
  };
}

export function readJsonFile(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
