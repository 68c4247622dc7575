import { describe, expect, it } from 'vitest';
import {
  checkParameters,
  decodeFloat32,
  llamaConfigFromGguf,
  llamaNameFromGguf,
  llamaParameters,
  llamaWeightsFromGguf,
  parseGguf,
  ROPE_FACTORS,
  readWeights,
} from '../src/index.js';
import { failure } from './helpers/errors.js';
import { type TestTensor, type TestValue, writeGguf, zeros } from './helpers/gguf.js';
import { quantize } from './helpers/quantize.js';

type Metadata = Record<string, TestValue>;

const TOKENS = Array.from({ length: 10 }, (_, i) => `t${i}`);
const METADATA: Metadata = {
  'general.architecture': ['STRING', 'llama'],
  'llama.embedding_length': ['UINT32', 64],
  'llama.block_count': ['UINT32', 2],
  'llama.feed_forward_length': ['UINT32', 96],
  'llama.attention.head_count': ['UINT32', 4],
  'llama.attention.head_count_kv': ['UINT32', 2],
  'llama.attention.layer_norm_rms_epsilon': ['FLOAT32', 2 ** -17],
  'llama.context_length': ['UINT32', 512],
  'llama.rope.freq_base': ['FLOAT32', 500_000],
  'llama.rope.dimension_count': ['UINT32', 16],
  'llama.vocab_size': ['UINT32', 10],
  'tokenizer.ggml.tokens': ['ARRAY', 'STRING', TOKENS],
  'tokenizer.ggml.bos_token_id': ['UINT32', 1],
  'tokenizer.ggml.eos_token_id': ['UINT32', 2],
};

const LAYER: [string, number[]][] = [
  ['attn_norm.weight', [64]],
  ['attn_q.weight', [64, 64]],
  ['attn_k.weight', [32, 64]],
  ['attn_v.weight', [32, 64]],
  ['attn_output.weight', [64, 64]],
  ['ffn_norm.weight', [64]],
  ['ffn_gate.weight', [96, 64]],
  ['ffn_up.weight', [96, 64]],
  ['ffn_down.weight', [64, 96]],
];
const TENSORS: TestTensor[] = [
  zeros('token_embd.weight', 'F16', [10, 64]),
  ...[0, 1].flatMap((i) =>
    LAYER.map(([name, shape]) => zeros(`blk.${i}.${name}`, shape.length === 1 ? 'F32' : 'Q8_0', shape)),
  ),
  zeros('output_norm.weight', 'F32', [64]),
  zeros('output.weight', 'Q8_0', [10, 64]),
];

const open = (metadata: Metadata = METADATA, tensors: readonly TestTensor[] = TENSORS) =>
  parseGguf(writeGguf({ metadata: Object.entries(metadata), tensors }), 'model.gguf');
const changed = (change: Record<string, TestValue | undefined>): Metadata => {
  const entries = Object.entries({ ...METADATA, ...change });
  return Object.fromEntries(entries.filter((entry): entry is [string, TestValue] => entry[1] !== undefined));
};

describe('a Llama in a GGUF file', () => {
  it('has its configuration in the metadata', async () => {
    expect(llamaConfigFromGguf(await open())).toEqual({
      vocabularySize: 10,
      hiddenSize: 64,
      intermediateSize: 96,
      layerCount: 2,
      headCount: 4,
      keyValueHeadCount: 2,
      headSize: 16,
      contextLength: 512,
      rmsNormEpsilon: 2 ** -17,
      ropeTheta: 500_000,
      ropeScaling: { type: 'default' },
      ropeStyle: 'interleaved',
      tieWordEmbeddings: false,
      attentionBias: false,
      mlpBias: false,
      bosId: 1,
      eosIds: [2],
    });
  });

  it('has its parameters under the names of the Hugging Face layout', async () => {
    const file = await open();
    const config = llamaConfigFromGguf(file);
    checkParameters(llamaParameters(config), llamaWeightsFromGguf(file).tensors.values());
  });

  it('has defaults where keys are left out', async () => {
    const least = changed({
      'llama.attention.head_count_kv': undefined,
      'llama.rope.freq_base': undefined,
      'llama.rope.dimension_count': undefined,
      'tokenizer.ggml.tokens': undefined,
      'tokenizer.ggml.bos_token_id': undefined,
      'tokenizer.ggml.eos_token_id': undefined,
    });
    expect(llamaConfigFromGguf(await open(least))).toMatchObject({
      vocabularySize: 10,
      keyValueHeadCount: 4,
      headSize: 16,
      ropeTheta: 10_000,
      bosId: undefined,
      eosIds: [],
    });
  });

  it('may have heads of a size of their own, and two end tokens', async () => {
    const other = changed({
      'llama.attention.key_length': ['UINT32', 32],
      'llama.attention.value_length': ['UINT32', 32],
      'llama.rope.dimension_count': ['UINT32', 32],
      'tokenizer.ggml.eot_token_id': ['UINT32', 3],
    });
    expect(llamaConfigFromGguf(await open(other))).toMatchObject({ headSize: 32, eosIds: [2, 3] });
  });

  it('ties the output matrix and has biases as its tensors say', async () => {
    const untied = TENSORS.filter(({ name }) => name !== 'output.weight');
    const biased = [
      ...untied,
      zeros('blk.0.attn_q.bias', 'F32', [64]),
      zeros('blk.0.ffn_gate.bias', 'F32', [96]),
    ];
    expect(llamaConfigFromGguf(await open(METADATA, untied))).toMatchObject({
      tieWordEmbeddings: true,
      attentionBias: false,
      mlpBias: false,
    });
    expect(llamaConfigFromGguf(await open(METADATA, biased))).toMatchObject({
      attentionBias: true,
      mlpBias: true,
    });
  });

  it('scales rotary frequencies by a factor, or by a tensor', async () => {
    const linear = changed({
      'llama.rope.scaling.type': ['STRING', 'linear'],
      'llama.rope.scaling.factor': ['FLOAT32', 4],
    });
    const older = changed({ 'llama.rope.scale_linear': ['FLOAT32', 4] });
    for (const metadata of [linear, older]) {
      expect(llamaConfigFromGguf(await open(metadata)).ropeScaling).toEqual({ type: 'linear', factor: 4 });
    }
    const none = changed({ 'llama.rope.scaling.type': ['STRING', 'none'] });
    expect(llamaConfigFromGguf(await open(none)).ropeScaling).toEqual({ type: 'default' });
    const factors = [...TENSORS, zeros(ROPE_FACTORS, 'F32', [8])];
    const file = await open(METADATA, factors);
    expect(llamaConfigFromGguf(file).ropeScaling).toEqual({ type: 'factors' });
    expect(llamaWeightsFromGguf(file).tensors.has(ROPE_FACTORS)).toBe(false);
    await failure('BAD_MODEL', async () => llamaConfigFromGguf(await open(linear, factors)));
  });

  /** Each: what is changed, and the key that the message has to name. */
  const bad: [Record<string, TestValue | undefined>, RegExp][] = [
    [{ 'general.architecture': undefined }, /general\.architecture/],
    [{ 'general.architecture': ['STRING', 'gpt2'] }, /general\.architecture.*gpt2/],
    [{ 'general.architecture': ['UINT32', 1] }, /general\.architecture/],
    [{ 'llama.embedding_length': undefined }, /llama\.embedding_length.*missing/],
    [{ 'llama.embedding_length': ['FLOAT32', 64.5] }, /llama\.embedding_length/],
    [{ 'llama.embedding_length': ['INT32', -64] }, /llama\.embedding_length/],
    [{ 'llama.embedding_length': ['UINT64', 2n ** 60n] }, /llama\.embedding_length/],
    [{ 'llama.embedding_length': ['STRING', '64'] }, /llama\.embedding_length/],
    [{ 'llama.block_count': ['UINT32', 0] }, /llama\.block_count/],
    [{ 'llama.block_count': ['UINT32', 4_000_000_000] }, /layers/],
    [{ 'llama.attention.head_count': ['UINT32', 5] }, /llama\.attention\.key_length/],
    [{ 'llama.attention.head_count_kv': ['UINT32', 3] }, /4 query heads.*3/],
    [{ 'llama.attention.head_count_kv': ['ARRAY', 'UINT32', [2, 2]] }, /head_count_kv.*array/],
    [{ 'llama.attention.value_length': ['UINT32', 8] }, /value_length/],
    [{ 'llama.rope.dimension_count': ['UINT32', 8] }, /dimension_count/],
    [{ 'llama.rope.scaling.type': ['STRING', 'yarn'] }, /rope\.scaling\.type.*yarn/],
    [{ 'llama.rope.scaling.type': ['STRING', 'linear'] }, /rope\.scaling\.factor/],
    [{ 'llama.rope.freq_base': ['FLOAT32', Number.NaN] }, /rope\.freq_base/],
    [{ 'llama.attention.layer_norm_rms_epsilon': undefined }, /layer_norm_rms_epsilon/],
    [{ 'llama.context_length': undefined }, /context_length/],
    [{ 'llama.expert_count': ['UINT32', 8] }, /expert_count/],
    [{ 'split.count': ['UINT16', 3] }, /split\.count/],
    [{ 'tokenizer.ggml.tokens': ['ARRAY', 'UINT32', [1]] }, /tokenizer\.ggml\.tokens/],
    [{ 'tokenizer.ggml.tokens': undefined, 'llama.vocab_size': undefined }, /vocab_size/],
    [{ 'tokenizer.ggml.eos_token_id': ['UINT32', 10] }, /token 10/],
    [{ 'tokenizer.ggml.eos_token_id': ['INT32', -1] }, /eos_token_id/],
  ];
  for (const [change, message] of bad) {
    it(`is refused: ${message}, ${Object.values(change)}`, async () => {
      const file = await open(changed(change));
      const error = await failure('BAD_MODEL', () => llamaConfigFromGguf(file));
      expect(error.message).toMatch(message);
    });
  }
});

describe('names of tensors', () => {
  it('are translated', () => {
    expect(llamaNameFromGguf('token_embd.weight')).toBe('model.embed_tokens.weight');
    expect(llamaNameFromGguf('output_norm.weight')).toBe('model.norm.weight');
    expect(llamaNameFromGguf('output.weight')).toBe('lm_head.weight');
    expect(llamaNameFromGguf('blk.31.attn_output.weight')).toBe('model.layers.31.self_attn.o_proj.weight');
    expect(llamaNameFromGguf('blk.0.attn_k.bias')).toBe('model.layers.0.self_attn.k_proj.bias');
  });

  it('stay as they are when they are unknown', () => {
    for (const name of [
      'blk.0.ffn_gate_inp.weight',
      'blk.x.attn_q.weight',
      'other',
      'blk.0.attn_q',
      'constructor',
    ]) {
      expect(llamaNameFromGguf(name)).toBe(name);
    }
  });

  it('lead to the tensor that the file holds', async () => {
    const values = Float32Array.from({ length: 64 * 64 }, (_, i) => Math.cos(i));
    const name = 'blk.1.attn_q.weight';
    const tensor: TestTensor = { name, type: 'Q6_K', shape: [16, 256], bytes: quantize('Q6_K', values) };
    const file = await open(METADATA, [tensor, zeros('output_norm.weight', 'F32', [64])]);
    const weights = llamaWeightsFromGguf(file);
    const known = 'model.layers.1.self_attn.q_proj.weight';
    for await (const weight of readWeights(weights, [known])) {
      expect(weight).toMatchObject({ name: known, type: 'Q6_K', shape: [16, 256] });
      const decoded = decodeFloat32(weight.type, weight.bytes);
      for (const [i, value] of decoded.entries()) expect(Math.abs(value - values[i])).toBeLessThan(0.03);
    }
    await failure('BAD_MODEL', () => weights.read(name));
    await weights.close();
    await failure('INVALID_STATE', () => weights.read(known));
  });

  it('may not be there in both spellings', async () => {
    const both = [zeros('output.weight', 'F32', [1]), zeros('lm_head.weight', 'F32', [1])];
    const file = await open(METADATA, both);
    await failure('BAD_MODEL', () => llamaWeightsFromGguf(file));
  });
});
