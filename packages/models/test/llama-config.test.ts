import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeShared, requireShared } from '#shared';
import {
  checkParameters,
  decodeFloat32,
  isRedundantLlamaTensor,
  type LlamaConfig,
  llamaParameters,
  openSafetensors,
  parseLlamaConfig,
  parseSafetensors,
  ropeFrequencies,
} from '../src/index.js';
import { fileSource } from '../src/node.js';
import { failure } from './helpers/errors.js';

/** The least that a config.json may say. */
const LEAST = {
  vocab_size: 100,
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 6,
};
const LLAMA3 = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 };

describe('config.json of a Llama', () => {
  it('has the defaults of the architecture', () => {
    expect(parseLlamaConfig(LEAST)).toEqual({
      vocabularySize: 100,
      hiddenSize: 48,
      intermediateSize: 96,
      layerCount: 2,
      headCount: 6,
      keyValueHeadCount: 6,
      headSize: 8,
      contextLength: 2048,
      rmsNormEpsilon: 1e-6,
      ropeTheta: 10_000,
      ropeScaling: { type: 'default' },
      ropeStyle: 'half',
      tieWordEmbeddings: false,
      attentionBias: false,
      mlpBias: false,
      bosId: undefined,
      eosIds: [],
    } satisfies LlamaConfig);
  });

  it('means the same by null as by nothing', () => {
    const nulls = {
      num_key_value_heads: null,
      head_dim: null,
      rope_scaling: null,
      rope_parameters: null,
      rope_theta: null,
      bos_token_id: null,
      eos_token_id: null,
      attention_bias: null,
    };
    expect(parseLlamaConfig({ ...LEAST, ...nulls })).toEqual(parseLlamaConfig(LEAST));
  });

  it('reads the classic and the newer form of rotary scaling alike', () => {
    const want = {
      ropeTheta: 500_000,
      ropeScaling: {
        type: 'llama3',
        factor: 8,
        lowFrequencyFactor: 1,
        highFrequencyFactor: 4,
        originalContextLength: 64,
      },
    };
    const classic = { rope_theta: 500_000, rope_scaling: { rope_type: 'llama3', ...LLAMA3 } };
    const older = { rope_theta: 500_000, rope_scaling: { type: 'llama3', ...LLAMA3 } };
    const newer = { rope_parameters: { rope_theta: 500_000, rope_type: 'llama3', ...LLAMA3 } };
    for (const form of [classic, older, newer])
      expect(parseLlamaConfig({ ...LEAST, ...form })).toMatchObject(want);
    const linear = { rope_scaling: { type: 'linear', factor: 2 } };
    expect(parseLlamaConfig({ ...LEAST, ...linear }).ropeScaling).toEqual({ type: 'linear', factor: 2 });
  });

  it('takes end tokens from generation_config.json first', () => {
    const config = { ...LEAST, bos_token_id: 1, eos_token_id: 2 };
    expect(parseLlamaConfig(config).eosIds).toEqual([2]);
    expect(parseLlamaConfig({ ...LEAST, eos_token_id: [2, 3] }).eosIds).toEqual([2, 3]);
    const generation = { eos_token_id: [4, 5], bos_token_id: 6 };
    expect(parseLlamaConfig(config, generation)).toMatchObject({ eosIds: [4, 5], bosId: 6 });
    expect(parseLlamaConfig(config, {})).toMatchObject({ eosIds: [2], bosId: 1 });
    expect(parseLlamaConfig(config, { eos_token_id: 0 }).eosIds).toEqual([0]);
  });

  /** Each: what is changed, and what the message has to name. */
  const bad: [object, RegExp][] = [
    [{ vocab_size: undefined }, /vocab_size/],
    [{ vocab_size: 0 }, /vocab_size/],
    [{ hidden_size: -1 }, /hidden_size/],
    [{ hidden_size: 1.5 }, /hidden_size/],
    [{ hidden_size: '48' }, /hidden_size/],
    [{ num_hidden_layers: 2 ** 53 }, /num_hidden_layers/],
    [{ num_hidden_layers: 2 ** 40 }, /layers/],
    [{ num_attention_heads: null }, /num_attention_heads/],
    [{ num_attention_heads: 7 }, /head size/],
    [{ num_key_value_heads: 4 }, /6 query heads.*4/],
    [{ head_dim: 7 }, /head size is 7/],
    [{ head_dim: 2 ** 40 }, /head size/],
    [{ rms_norm_eps: 0 }, /rms_norm_eps/],
    [{ rms_norm_eps: Number.NaN }, /rms_norm_eps/],
    [{ rope_theta: -1 }, /rope_theta/],
    [{ hidden_act: 'gelu' }, /hidden_act.*gelu/],
    [{ model_type: 'mistral' }, /model_type.*mistral/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 2 } }, /rope_scaling\.rope_type.*yarn/],
    [{ rope_parameters: { rope_type: 'dynamic' } }, /rope_parameters\.rope_type.*dynamic/],
    [{ rope_scaling: { type: 'linear' } }, /rope_scaling\.factor/],
    [{ rope_scaling: { type: 'linear', factor: 0 } }, /rope_scaling\.factor/],
    [{ rope_scaling: { rope_type: 'llama3', ...LLAMA3, low_freq_factor: null } }, /low_freq_factor/],
    [{ rope_scaling: { rope_type: 'llama3', ...LLAMA3, low_freq_factor: 4 } }, /high_freq_factor/],
    [{ rope_scaling: 'linear' }, /rope_scaling/],
    [{ eos_token_id: 100 }, /token 100/],
    [{ eos_token_id: [1, -1] }, /eos_token_id/],
    [{ bos_token_id: 1.5 }, /bos_token_id/],
    [{ tie_word_embeddings: 1 }, /tie_word_embeddings/],
  ];
  for (const [change, message] of bad) {
    it(`is refused: ${JSON.stringify(change)}`, async () => {
      const error = await failure('BAD_MODEL', () => parseLlamaConfig({ ...LEAST, ...change }));
      expect(error.message).toMatch(message);
    });
  }

  it('is refused when it is no object', async () => {
    for (const value of [null, undefined, 1, 'x', []])
      await failure('BAD_MODEL', () => parseLlamaConfig(value));
    await failure('BAD_MODEL', () => parseLlamaConfig(LEAST, { eos_token_id: 'x' }));
  });
});

describe('rotary frequencies', () => {
  const config = parseLlamaConfig(LEAST);

  it('fall from 1 by powers of the base', () => {
    const frequencies = ropeFrequencies(config);
    expect(frequencies).toHaveLength(4);
    for (const [i, value] of frequencies.entries()) expect(value).toBeCloseTo(10_000 ** (-i / 4), 7);
  });

  it('are divided by a linear factor', () => {
    const plain = ropeFrequencies(config);
    const scaled = ropeFrequencies({ ...config, ropeScaling: { type: 'linear', factor: 4 } });
    for (const [i, value] of scaled.entries()) expect(value).toBe(Math.fround(plain[i] / 4));
  });

  it('are divided by the factors of a file', async () => {
    const withFactors: LlamaConfig = { ...config, ropeScaling: { type: 'factors' } };
    const plain = ropeFrequencies(config);
    const scaled = ropeFrequencies(withFactors, Float32Array.of(1, 2, 4, 8));
    for (const [i, value] of scaled.entries()) expect(value).toBeCloseTo(plain[i] / 2 ** i, 9);
    await failure('BAD_MODEL', () => ropeFrequencies(withFactors));
    await failure('BAD_MODEL', () => ropeFrequencies(withFactors, Float32Array.of(1, 2, 4)));
    await failure('BAD_MODEL', () => ropeFrequencies(withFactors, Float32Array.of(1, 2, 4, 0)));
    await failure('BAD_MODEL', () => ropeFrequencies(withFactors, Float32Array.of(1, 2, 4, Number.NaN)));
  });
});

describe('the parameters of a Llama', () => {
  it('have the shapes of the Hugging Face layout', () => {
    const config = parseLlamaConfig({ ...LEAST, num_hidden_layers: 1, num_key_value_heads: 2, head_dim: 10 });
    const shapes = Object.fromEntries(llamaParameters(config).map(({ name, shape }) => [name, shape]));
    expect(shapes).toEqual({
      'model.embed_tokens.weight': [100, 48],
      'model.layers.0.input_layernorm.weight': [48],
      'model.layers.0.self_attn.q_proj.weight': [60, 48],
      'model.layers.0.self_attn.k_proj.weight': [20, 48],
      'model.layers.0.self_attn.v_proj.weight': [20, 48],
      'model.layers.0.self_attn.o_proj.weight': [48, 60],
      'model.layers.0.post_attention_layernorm.weight': [48],
      'model.layers.0.mlp.gate_proj.weight': [96, 48],
      'model.layers.0.mlp.up_proj.weight': [96, 48],
      'model.layers.0.mlp.down_proj.weight': [48, 96],
      'model.norm.weight': [48],
      'lm_head.weight': [100, 48],
    });
  });

  it('have biases and no output matrix where the configuration says so', () => {
    const options = {
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
      num_key_value_heads: 3,
    };
    const config = parseLlamaConfig({ ...LEAST, ...options });
    const parameters = llamaParameters(config);
    const names = parameters.map(({ name }) => name);
    expect(names).not.toContain('lm_head.weight');
    expect(names.filter((name) => name.endsWith('.bias'))).toHaveLength(2 * 7);
    expect(parameters.find(({ name }) => name.endsWith('k_proj.bias'))?.shape).toEqual([24]);
  });

  it('leave out tables of old writers and a tied output matrix', () => {
    const tied = parseLlamaConfig({ ...LEAST, tie_word_embeddings: true });
    const untied = parseLlamaConfig(LEAST);
    expect(isRedundantLlamaTensor('lm_head.weight', tied)).toBe(true);
    expect(isRedundantLlamaTensor('lm_head.weight', untied)).toBe(false);
    expect(isRedundantLlamaTensor('model.layers.3.self_attn.rotary_emb.inv_freq', untied)).toBe(true);
    expect(isRedundantLlamaTensor('model.layers.3.self_attn.q_proj.weight', tied)).toBe(false);
  });
});

describeShared('the Llamas of the fixtures', () => {
  const readConfig = async (path: string): Promise<unknown> =>
    JSON.parse(await readFile(requireShared(path), 'utf8'));

  for (const model of ['llama-tiny-a', 'llama-tiny-b']) {
    const folder = `fixtures/${model}`;

    it(`${model}: both forms of config.json say the same`, async () => {
      const generation = await readConfig(`${folder}/generation_config.json`);
      const classic = parseLlamaConfig(await readConfig(`${folder}/config.json`), generation);
      expect(parseLlamaConfig(await readConfig(`${folder}/config.new-style.json`), generation)).toEqual(
        classic,
      );
      expect(classic).toMatchObject({ bosId: 1, eosIds: [2] });
    });

    it(`${model}: rotary frequencies are those of the reference`, async () => {
      const config = parseLlamaConfig(await readConfig(`${folder}/config.json`));
      const file = await openSafetensors(await fileSource(requireShared(`${folder}/reference.safetensors`)));
      const want = decodeFloat32('F32', await file.read('out.inv_freq'));
      await file.close();
      const got = ropeFrequencies(config);
      expect(got).toHaveLength(want.length);
      for (const [i, value] of got.entries())
        expect(Math.abs(value - want[i])).toBeLessThanOrEqual(1e-6 * want[i]);
    });
  }

  for (const folder of ['fixtures/llama-tiny-a', 'fixtures/llama-tiny-b', 'models/shakespeare-char']) {
    it(`${folder}: the file holds exactly the parameters`, async () => {
      const config = parseLlamaConfig(await readConfig(`${folder}/config.json`));
      const bytes = await readFile(requireShared(`${folder}/model.safetensors`));
      const { tensors } = await parseSafetensors(bytes);
      checkParameters(llamaParameters(config), tensors.values());
      expect(tensors.size).toBe(llamaParameters(config).length);
    });
  }
});
