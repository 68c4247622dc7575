/** Places in pages that programs write: `<!-- NAME:begin -->` to `<!-- NAME:end -->`. */
function markersOf(name: string): readonly [begin: string, end: string] {
  return [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
}

/** `text` with what stands between the markers replaced; undefined where it has no pair of markers. */
export function replaceMarked(text: string, content: string, name = 'bench'): string | undefined {
  const [first, last] = markersOf(name);
  const begin = text.indexOf(first);
  const end = text.indexOf(last);
  if (begin < 0 || end < begin) return undefined;
  return `${text.slice(0, begin + first.length)}\n${content}\n${text.slice(end)}`;
}
