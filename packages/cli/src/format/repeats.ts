/** A stretch of things that is followed by copies of itself, as the layers of a network are. */
export interface Repeat {
  readonly start: number;
  /** Length of the stretch. */
  readonly period: number;
  /** How often it stands there, itself included; at least 2. */
  readonly times: number;
}

/**
 * Finds repeats of at least `least` things, from the left, the shortest stretch first. What is alike has
 * the same signature.
 */
export function findRepeats(signatures: readonly string[], least: number): Repeat[] {
  const repeats: Repeat[] = [];
  let start = 0;
  while (start < signatures.length) {
    const repeat = repeatAt(signatures, start, least);
    if (repeat !== undefined) repeats.push(repeat);
    start = repeat === undefined ? start + 1 : start + repeat.period * repeat.times;
  }
  return repeats;
}

function repeatAt(signatures: readonly string[], start: number, least: number): Repeat | undefined {
  for (let period = least; start + 2 * period <= signatures.length; period++) {
    let alike = 0;
    while (signatures[start + alike] === signatures[start + alike + period]) {
      alike++;
      if (start + alike + period === signatures.length) break;
    }
    const times = 1 + Math.floor(alike / period);
    if (times > 1) return { start, period, times };
  }
  return undefined;
}
