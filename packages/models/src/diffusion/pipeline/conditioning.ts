/** Prompts to the hidden states that the UNet looks at. */

import { type Tensor, tensor } from '@wick/tensor';
import { readOptions } from '../../cancel.js';
import type { ClipTextEncoder } from '../networks/clip-text-encoder.js';
import { encodePrompt, type Prompt, type PromptTokenizer } from '../text/prompt-tokenizer.js';
import type { DrawWarning } from './options.js';
import { badOutput, faultOf } from './verdict.js';

/** What a conditioning is made of. */
export interface ConditioningRequest {
  readonly prompts: readonly Prompt[];
  /** Whether what is not wanted comes first. */
  readonly guided: boolean;
  /** What is not wanted. Default: the empty text. */
  readonly negativePrompt: Prompt | undefined;
  readonly onWarning?: ((warning: DrawWarning) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The hidden states of the prompts, float32 [n, maxLength, hiddenSize], or [2n, ...] with those of the
 * negative prompt first. Equal prompts are encoded once. The result outlives every scope.
 *
 * @throws WickError `INVALID_ARGUMENT`, `CANCELLED`, `BAD_OUTPUT` naming the layer that went wrong
 */
export async function conditioning(
  encoder: ClipTextEncoder,
  tokenizer: PromptTokenizer | undefined,
  request: ConditioningRequest,
): Promise<Tensor> {
  const { device, config } = encoder;
  const { prompts, guided, onWarning, signal } = request;
  const negative = request.negativePrompt ?? '';
  const rows = new Map<string, { readonly at: number; readonly ids: readonly number[] }>();
  const rowOf = (prompt: Prompt): number => {
    const key = typeof prompt === 'string' ? `text ${prompt}` : `ids ${prompt.join(' ')}`;
    const known = rows.get(key);
    if (known !== undefined) return known.at;
    const { ids, tokens, limit, dropped } = encodePrompt(prompt, tokenizer, config);
    if (typeof prompt === 'string' && dropped !== undefined) {
      onWarning?.({ kind: 'prompt-cut', prompt, tokens, limit, dropped });
    }
    rows.set(key, { at: rows.size, ids });
    return rows.size - 1;
  };
  const unwanted = guided ? prompts.map(() => rowOf(negative)) : [];
  const order = [...unwanted, ...prompts.map(rowOf)];
  const ids = Int32Array.from([...rows.values()].flatMap((row) => [...row.ids]));
  const inputs = () => tensor(device, ids, [rows.size, config.maxLength], { label: 'token ids' });
  const { states, peak } = device.run(
    () => {
      const encoded = encoder.forward(inputs());
      const index = tensor(device, Int32Array.from(order), [order.length], { label: 'prompts' });
      return { states: encoded.indexSelect(0, index), peak: encoded.abs().max() };
    },
    { label: 'text encoder' },
  );
  states.keep();
  try {
    using kept = peak.keep();
    const fault = faultOf(Number(await kept.item(readOptions(signal))));
    if (fault === undefined) return states;
    throw await badOutput(
      device,
      {
        name: 'text_encoder',
        problem: `the hidden states of the prompt are ${fault}`,
        zeros: fault.startsWith('zero'),
        repeat: (observe) => encoder.forward(inputs(), { observe }),
      },
      signal,
    );
  } catch (thrown) {
    states.dispose();
    throw thrown;
  }
}
