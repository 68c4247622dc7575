import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { type Tensor, tensor } from '@wick/tensor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  decodeFloat32,
  KeyValueCache,
  Llama,
  openSafetensorsFolder,
  parseLlamaConfig,
  type Weights,
} from '../src/index.js';
import { fileFolder } from '../src/node.js';

interface Reference {
  readonly tensors: Record<
    string,
    { readonly shape: number[]; readonly tolerance?: { readonly atol: number; readonly rtol: number } }
  >;
}

for (const name of ['llama-tiny-a', 'llama-tiny-b']) {
  describeShared(`fixture ${name}`, () => {
    const path = requireShared(`fixtures/${name}`);
    const folder = fileFolder(path);
    const { tensors } = JSON.parse(readFileSync(`${path}/reference.json`, 'utf8')) as Reference;
    const config = parseLlamaConfig(JSON.parse(readFileSync(`${path}/config.json`, 'utf8')));
    let device: Device;
    let llama: Llama;
    let recorded: Weights;

    beforeAll(async () => {
      device = await openDevice(cpu());
      const weights = await openSafetensorsFolder(folder);
      llama = await Llama.load(device, config, weights);
      await weights.close();
      recorded = await openSafetensorsFolder(folder, 'reference');
    });

    afterAll(async () => {
      llama?.[Symbol.dispose]();
      await recorded?.close();
      await device.close();
    });

    const numbers = async (key: string) =>
      decodeFloat32(recorded.tensors.get(key)?.type ?? 'F32', await recorded.read(key), key);

    /** Compares with a recorded tensor by its own tolerance. */
    const check = async (key: string, got: ArrayLike<number>) => {
      const want = await numbers(key);
      const { atol, rtol } = tensors[key].tolerance ?? { atol: 0, rtol: 0 };
      expect(got.length, key).toBe(want.length);
      const worst = want.reduce((most, w, i) => Math.max(most, Math.abs(got[i] - w) - rtol * Math.abs(w)), 0);
      expect(worst, key).toBeLessThanOrEqual(atol);
    };

    const inputs = (ids: ArrayLike<number>, shape: number[]): [Tensor, Tensor] => [
      tensor(device, Int32Array.from(ids), shape),
      tensor(
        device,
        Int32Array.from({ length: shape[1] }, (_, i) => i),
        [shape[1]],
      ),
    ];

    it('gives every recorded intermediate and the logits', async () => {
      const ids = await numbers('in.input_ids');
      const seen = new Map<string, Promise<ArrayLike<number>>>();
      device.run(() => {
        const observe = (part: string, value: Tensor) => seen.set(part, value.data());
        llama.forward(...inputs(ids, tensors['in.input_ids'].shape), { observe });
      });
      const outputs = Object.keys(tensors).filter((key) => seen.has(key.slice('out.'.length)));
      // Everything that the network itself computes: embeddings, parts of layer 0, layers, norm, logits.
      expect(outputs).toHaveLength(6 + config.layerCount);
      for (const key of outputs) await check(key, (await seen.get(key.slice('out.'.length))) ?? []);
    });

    it('computes a batch of two', async () => {
      const ids = await numbers('in.second_ids');
      const logits = device.run(() => llama.forward(...inputs(ids, tensors['in.second_ids'].shape)));
      await check('out.second_logits', await logits.data());
    });

    it('continues greedily through the cache', async () => {
      const prompt = await numbers('in.input_ids');
      const want = await numbers('out.greedy_ids');
      using cache = new KeyValueCache(device, config, prompt.length + want.length);
      const all: number[] = [];
      const chosen: number[] = [];
      let ids: number[] = [...prompt];
      let position = 0;
      while (chosen.length < want.length) {
        const at = position;
        const logits = device.run(() => {
          const positions = Int32Array.from(ids, (_, i) => at + i);
          return llama.forward(
            tensor(device, Int32Array.from(ids), [1, ids.length]),
            tensor(device, positions),
            {
              cache,
              position: at,
              lastOnly: true,
            },
          );
        });
        const line = await logits.data();
        logits.dispose();
        position += ids.length;
        all.push(...line);
        const id = line.indexOf(Math.max(...line));
        chosen.push(id);
        ids = [id];
      }
      expect(chosen).toEqual([...want]);
      await check('out.greedy_logits', all);
    });
  });
}
