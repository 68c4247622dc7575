export const BEGIN = '<!-- bench:begin -->';
export const END = '<!-- bench:end -->';

/** `text` with what stands between the markers replaced; undefined where it has no pair of markers. */
export function replaceMarked(text: string, content: string): string | undefined {
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) return undefined;
  return `${text.slice(0, begin + BEGIN.length)}\n${content}\n${text.slice(end)}`;
}
