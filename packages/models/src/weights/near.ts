/**
 * The number of characters to insert, delete or replace to make `b` of `a` (Levenshtein 1966), or
 * `limit + 1` as soon as it is certain to be above `limit`.
 */
export function editDistance(a: string, b: string, limit = Number.MAX_SAFE_INTEGER - 1): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let previous = Uint32Array.from({ length: b.length + 1 }, (_, i) => i);
  let row = new Uint32Array(b.length + 1);
  for (let i = 1; i <= a.length; i++) {
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1);
      row[j] = Math.min(replaced, previous[j] + 1, row[j - 1] + 1);
      least = Math.min(least, row[j]);
    }
    if (least > limit) return limit + 1;
    [previous, row] = [row, previous];
  }
  return Math.min(previous[b.length], limit + 1);
}

/** Names longer than this are not compared: the work grows with the square. */
const MAX_LENGTH = 256;

/**
 * Up to three of `candidates` that come nearest to `name`, nearest first: those in which at most a third
 * of the characters differ, or in which one name ends with the other (a prefix that a writer added).
 */
export function nearest(name: string, candidates: readonly string[]): string[] {
  if (name.length > MAX_LENGTH) return [];
  const limit = Math.ceil(name.length / 3);
  const scored: { candidate: string; distance: number }[] = [];
  for (const candidate of candidates) {
    if (candidate.length > MAX_LENGTH) continue;
    const suffix = candidate.endsWith(`.${name}`) || name.endsWith(`.${candidate}`);
    const distance = suffix ? 0 : editDistance(name, candidate, limit);
    if (distance <= limit) scored.push({ candidate, distance });
  }
  scored.sort((a, b) => a.distance - b.distance);
  return scored.slice(0, 3).map(({ candidate }) => candidate);
}
