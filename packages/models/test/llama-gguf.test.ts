import { readFileSync } from 'node:fs';
import { cpu } from '@wick/backend-cpu';
import { type Device, openDevice } from '@wick/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decodeFloat32,
  LanguageModel,
  memorySource,
  openGgufModel,
  openSafetensorsFolder,
  type Weights,
} from '../src/index.js';
import { embeddedModelPath, fileFolder } from '../src/node.js';
import { type TestTensor, type TestValue, writeGguf } from './helpers/gguf.js';
import { float16Bits, type QuantizedType, quantize } from './helpers/quantize.js';

const folder = embeddedModelPath('shakespeare');
const json = (name: string) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
const config = json('config.json') as Record<string, number>;
const reference = json('reference.json') as {
  prompt: string;
  ids: number[];
  last_logits: number[];
  greedy_200: string;
};

const NAMES: Record<string, string> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

function ggufName(name: string): string {
  const plain = name.replace(/\.weight$/, '');
  const layer = /^model\.layers\.(\d+)\.(.*)$/.exec(plain);
  return layer === null ? `${NAMES[plain]}.weight` : `blk.${layer[1]}.${NAMES[layer[2]]}.weight`;
}

/** Rows of a query or key matrix as the converter orders them: pairs (i, i + d/2) become (2i, 2i + 1). */
function interleave(values: Float32Array, heads: number, [rows, columns]: readonly number[]): Float32Array {
  const out = new Float32Array(values.length);
  const size = rows / heads;
  for (let row = 0; row < rows; row++) {
    const head = Math.floor(row / size);
    const i = row % size;
    const to = head * size + (i < size / 2 ? 2 * i : 2 * (i - size / 2) + 1);
    out.set(values.subarray(row * columns, (row + 1) * columns), to * columns);
  }
  return out;
}

/** The model as a GGUF file, matrices in `type` where their rows are whole blocks, else in Q8_0. */
async function convert(weights: Weights, type: QuantizedType | 'F16'): Promise<Uint8Array> {
  const tensors: TestTensor[] = [];
  for (const [name, { type: stored, shape }] of weights.tensors) {
    let values = decodeFloat32(stored, await weights.read(name), name);
    if (name.includes('q_proj')) values = interleave(values, config.num_attention_heads, shape);
    if (name.includes('k_proj')) values = interleave(values, config.num_key_value_heads, shape);
    const as = shape.length < 2 ? 'F32' : type.endsWith('K') && shape[1] % 256 !== 0 ? 'Q8_0' : type;
    const bytes =
      as === 'F32'
        ? new Uint8Array(values.buffer)
        : as === 'F16'
          ? new Uint8Array(Uint16Array.from(values, float16Bits).buffer)
          : quantize(as, values);
    tensors.push({ name: ggufName(name), type: as, shape, bytes });
  }
  const { vocab } = (json('tokenizer.json') as { model: { vocab: Record<string, number> } }).model;
  // By id: an object lists keys such as "3" first.
  const tokens = Object.keys(vocab).sort((a, b) => vocab[a] - vocab[b]);
  const byteLevel = tokens.map((token) => (token === '\n' ? 'Ċ' : token === ' ' ? 'Ġ' : token));
  const size = (value: number): TestValue => ['UINT32', value];
  const metadata: [string, TestValue][] = [
    ['general.architecture', ['STRING', 'llama']],
    ['llama.embedding_length', size(config.hidden_size)],
    ['llama.block_count', size(config.num_hidden_layers)],
    ['llama.feed_forward_length', size(config.intermediate_size)],
    ['llama.attention.head_count', size(config.num_attention_heads)],
    ['llama.attention.head_count_kv', size(config.num_key_value_heads)],
    ['llama.attention.layer_norm_rms_epsilon', ['FLOAT32', config.rms_norm_eps]],
    ['llama.context_length', size(config.max_position_embeddings)],
    ['llama.rope.freq_base', ['FLOAT32', config.rope_theta]],
    ['tokenizer.ggml.model', ['STRING', 'gpt2']],
    ['tokenizer.ggml.pre', ['STRING', 'gpt-2']],
    ['tokenizer.ggml.tokens', ['ARRAY', 'STRING', byteLevel]],
    ['tokenizer.ggml.merges', ['ARRAY', 'STRING', []]],
  ];
  return writeGguf({ metadata, tensors });
}

describe('the Shakespeare model as a GGUF file', () => {
  let device: Device;
  let weights: Weights;

  beforeAll(async () => {
    device = await openDevice(cpu());
    weights = await openSafetensorsFolder(fileFolder(folder));
  });

  afterAll(async () => {
    await weights.close();
    await device.close();
  });

  // How far logits may move: the formats keep 8, 4, about 4.5 and about 6.5 bits of a weight.
  const formats = [
    ['F16', 2e-3],
    ['Q8_0', 0.1],
    ['Q4_0', 2],
    ['Q4_K', 0.6],
    ['Q6_K', 0.2],
  ] as const;

  it.each(formats)('in %s has the logits of the reference', async (type, tolerance) => {
    const source = memorySource(await convert(weights, type), `shakespeare.${type}.gguf`);
    using model = await LanguageModel.load(device, await openGgufModel(source));
    expect(model.tokenizer.encode(reference.prompt)).toEqual(reference.ids);
    const logits = await model.logits(reference.ids);
    const last = logits.subarray(logits.length - reference.last_logits.length);
    const worst = Math.max(...reference.last_logits.map((want, i) => Math.abs(want - last[i])));
    expect(worst).toBeLessThan(tolerance);
    if (type === 'F16') {
      let text = reference.prompt;
      for await (const token of model.generate(reference.prompt, { maxTokens: 40 })) text += token.text;
      expect(reference.greedy_200.startsWith(text)).toBe(true);
    } else {
      // A format that is read wrongly gives noise; one that is not quantised gives the reference itself.
      expect(worst).toBeGreaterThan(1e-3);
    }
  });
});
