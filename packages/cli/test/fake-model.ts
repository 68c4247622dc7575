import { type Device, defineKernel, WickError } from '@wick/core';
import type { GenerateOptions } from '@wick/models';
import type { ChooseModel, TextModel } from '../src/models.js';

const scale = defineKernel({
  name: 'test.scale',
  bindings: { x: 'read', out: 'write' },
  params: { n: 'u32' },
  reference({ bindings, params }) {
    for (let i = 0; i < params.n; i++) bindings.out[i] = 2 * bindings.x[i];
  },
});

export interface FakeOptions {
  readonly tokens?: readonly string[];
  /** Called before each token, with its number. */
  readonly beforeToken?: (number: number) => void | Promise<void>;
  /** Called while the model is loaded. */
  readonly whileLoading?: () => void | Promise<void>;
}

export const TOKENS = ['one ', 'two ', '', 'three\n'];

/** A model that says the same whatever it is asked, with a little work on the device for each token. */
export function fakeModel(options: FakeOptions = {}): ChooseModel & { readonly disposed: () => number } {
  let disposed = 0;
  const choose: ChooseModel = (_, name, { model }) => ({
    name,
    path: model,
    prompt: 'Once',
    async load(device, { onProgress, signal }) {
      onProgress({ kind: 'read', label: 'fake.bin', loaded: 0, total: 4096 });
      await options.whileLoading?.();
      if (signal.aborted) throw new WickError('CANCELLED', 'Reading fake.bin was cancelled');
      onProgress({ kind: 'read', label: 'fake.bin', loaded: 4096, total: 4096 });
      return new FakeModel(device, options, () => disposed++);
    },
  });
  return Object.assign(choose, { disposed: () => disposed });
}

class FakeModel implements TextModel {
  readonly contextLength = 64;
  readonly parameterCount = 1234;
  readonly tokenizer = { encode: (text: string) => [...text].map((character) => character.charCodeAt(0)) };

  constructor(
    private readonly device: Device,
    private readonly options: FakeOptions,
    private readonly onDispose: () => void,
  ) {}

  async *generate(_: string, { maxTokens, signal }: GenerateOptions) {
    const { tokens = TOKENS, beforeToken } = this.options;
    const promptTokens = 4;
    for (let number = 0; number < Math.min(tokens.length, maxTokens); number++) {
      await beforeToken?.(number);
      await this.#work(number === 0 ? 'prompt' : 'decode');
      if (signal?.aborted) throw new WickError('CANCELLED', 'Generating was cancelled');
      yield { id: number, text: tokens[number] };
    }
    const reason = maxTokens < tokens.length ? ('length' as const) : ('end' as const);
    return { promptTokens, tokens: Math.min(tokens.length, maxTokens), reason };
  }

  /** Three dispatches, one behind the other, of which two have a result that is a temporary. */
  async #work(label: string): Promise<void> {
    const { device } = this;
    const result = device.run(
      () => {
        let at = device.createBuffer({ byteLength: 16, label: 'x' });
        device.write(at, new Float32Array([1, 2, 3, 4]));
        for (let i = 0; i < 3; i++) {
          const out = device.createBuffer({ byteLength: 16, label: `x${i}` });
          device.dispatch(scale, { bindings: { x: at, out }, params: { n: 4 }, grid: [4, 1, 1] });
          at = out;
        }
        return at;
      },
      { label },
    );
    await device.read(result);
    result[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.onDispose();
  }
}
