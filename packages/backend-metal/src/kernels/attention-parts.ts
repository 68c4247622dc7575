/** What both forms of attention share: function constants, which keys a query sees, masks. */

/** MSL types of the bindings; no mask where it is left out. */
export type AttentionTypes = Readonly<Record<'q' | 'k' | 'v' | 'mask' | 'out', string | undefined>>;

export const ATTENTION = {
  causal: { name: 'causal', index: 0, type: 'bool' },
  /** Elements of a head that a thread holds where few queries are asked for. */
  own: { name: 'own', index: 1, type: 'uint' },
} as const;

/** Where a peak of scores begins: below all but -Inf, so that hidden keys (-Inf) weigh exp(-Inf) = 0. */
export const LOWEST = '-3.402823466e+38f';

export function attentionFunctions({ mask }: AttentionTypes): string {
  const masked =
    mask === 'uchar'
      ? `inline float masked(float score, device const uchar *mask, uint at) {
  return mask[at] == 0 ? -INFINITY : score;
}`
      : `inline float masked(float score, device const ${mask} *mask, uint at) { return score + float(mask[at]); }`;
  return `// How many keys query i sees.
inline uint visible_keys(uint i, int offset, uint keys) {
  return causal ? uint(clamp(int(i) + offset + 1, 0, int(keys))) : keys;
}
${mask === undefined ? '' : `\n${masked}`}`;
}

/** `score`, masked where there is a mask; `i`, `h` and `b` name the query, and `key` the key. */
export function maskedScore({ mask }: AttentionTypes, score: string): string {
  if (mask === undefined) return score;
  const row = 'b * params.maskStrides[0] + h * params.maskStrides[1] + i * params.maskStrides[2]';
  return `masked(${score}, mask, ${row} + key * params.maskStrides[3])`;
}

/** Where the heads of keys and values begin. */
export const HEADS = `  const uint h = group.y;
  const uint b = group.z;
  const uint key_head = h / (params.heads / params.keyHeads);
  const uint k_at = b * params.kStrides[0] + key_head * params.kStrides[1];
  const uint v_at = b * params.vStrides[0] + key_head * params.vStrides[1];`;
