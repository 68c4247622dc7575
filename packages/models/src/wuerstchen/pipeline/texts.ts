/** Prompts to the hidden states that prior and decoder look at. */

import { type Tensor, tensor } from '@wick/tensor';
import { readOptions } from '../../cancel.js';
import type { ClipTextEncoder } from '../../diffusion/networks/clip-text-encoder.js';
import type { Observe } from '../../diffusion/networks/layers.js';
import { badOutput, faultOf } from '../../diffusion/pipeline/verdict.js';
import { encodePrompt, type PromptTokenizer } from '../../diffusion/text/prompt-tokenizer.js';
import { invalid, type TextOptions, type WuerstchenListeners, type WuerstchenPrompt } from './options.js';

/** Token ids of one prompt, and how many of them count. */
interface Row {
  readonly ids: readonly number[];
  readonly tokens: number;
}

/**
 * The hidden states of the prompts, float32 [n, maxLength, hiddenSize], or with `guided` [2n, ...] with those
 * of the negative prompt behind. What fills a prompt up is hidden from its tokens. The result outlives every
 * scope.
 *
 * @throws WickError `INVALID_ARGUMENT`, `CANCELLED`, `BAD_OUTPUT` naming the layer that went wrong
 */
export async function encodeTexts(
  encoder: ClipTextEncoder,
  tokenizer: PromptTokenizer | undefined,
  guided: boolean,
  { prompts, negativePrompt = '', onWarning, signal }: TextOptions & WuerstchenListeners,
): Promise<Tensor> {
  const { device, config } = encoder;
  const rowOf = (prompt: WuerstchenPrompt): Row => {
    const { ids, tokens, limit, dropped } = encodePrompt(
      typeof prompt === 'string' ? prompt : prompt.ids,
      tokenizer,
      config,
    );
    if (typeof prompt === 'string') {
      if (dropped !== undefined) onWarning?.({ kind: 'prompt-cut', prompt, tokens, limit, dropped });
      return { ids, tokens: Math.min(tokens, limit) };
    }
    if (Number.isSafeInteger(prompt.tokens) && prompt.tokens >= 1 && prompt.tokens <= ids.length)
      return prompt;
    throw invalid(`${prompt.tokens} of the ${ids.length} token ids of a prompt count`);
  };
  const wanted = prompts.map(rowOf);
  const unwanted = guided ? rowOf(negativePrompt) : undefined;
  const rows = unwanted === undefined ? wanted : [...wanted, ...wanted.map(() => unwanted)];
  const encode = (observe?: Observe): Tensor => {
    const shape = [rows.length, config.maxLength];
    const ids = Int32Array.from(rows.flatMap((row) => [...row.ids]));
    const shown = Uint8Array.from(rows.flatMap((row) => row.ids.map((_, i) => (i < row.tokens ? 1 : 0))));
    return encoder.forward(tensor(device, ids, shape, { label: 'token ids' }), {
      mask: tensor(device, shown, shape, { dtype: 'bool', label: 'text mask' }),
      observe,
    });
  };
  const { states, peak } = device.run(
    () => {
      const encoded = encode();
      return { states: encoded, peak: encoded.abs().max() };
    },
    { label: 'text encoder' },
  );
  states.keep();
  try {
    using kept = peak.keep();
    const fault = faultOf(Number(await kept.item(readOptions(signal))));
    if (fault === undefined) return states;
    const stage = {
      name: 'text_encoder',
      problem: `the hidden states of the prompt are ${fault}`,
      zeros: fault.startsWith('zero'),
      repeat: encode,
    };
    throw await badOutput(device, stage, signal);
  } catch (thrown) {
    states.dispose();
    throw thrown;
  }
}
