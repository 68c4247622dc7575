/**
 * SentencePiece joins, again and again, the two neighbours whose union is the piece with the best score
 * (Kudo, Richardson, "SentencePiece", arXiv 1808.06226). A byte-pair tokenizer wants the pairs themselves,
 * best first. They follow from the vocabulary: every way to cut a piece into two other pieces is a pair
 * with that piece's score.
 */

/** Pieces are words; what is longer is no work of SentencePiece, and cutting it takes the square of this. */
const MAX_CHARACTERS = 256;

/**
 * The pairs of a vocabulary, best first. Of equal score the pair with the longer left part comes first,
 * and of those the lower ids.
 *
 * @param isNormal whether a token takes part in joining; control and byte tokens do not
 */
export function mergesFromScores(
  tokens: readonly string[],
  ids: ReadonlyMap<string, number>,
  scores: ArrayLike<number>,
  isNormal: (id: number) => boolean,
): [string, string][] {
  const merges: { pair: [string, string]; score: number; id: number }[] = [];
  for (const [id, token] of tokens.entries()) {
    if (!isNormal(id) || token.length > MAX_CHARACTERS) continue;
    const characters = Array.from(token);
    for (let cut = characters.length - 1; cut >= 1; cut--) {
      const left = characters.slice(0, cut).join('');
      const right = characters.slice(cut).join('');
      if (isPiece(left) && isPiece(right)) merges.push({ pair: [left, right], score: scores[id], id });
    }
  }
  function isPiece(part: string): boolean {
    const id = ids.get(part);
    return id !== undefined && isNormal(id);
  }
  // The sort is stable, so the order of cuts stays.
  merges.sort((a, b) => b.score - a.score || a.id - b.id);
  return merges.map(({ pair }) => pair);
}
