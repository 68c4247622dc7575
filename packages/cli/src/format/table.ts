/** Plain tables. */

export type Align = 'left' | 'right';

/** Rows with aligned columns, two spaces between; no spaces at the ends of lines. */
export function formatTable(rows: readonly (readonly string[])[], align: readonly Align[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (align[i] === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

/** Puts spaces in front of every line. */
export function indent(text: string, spaces = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(spaces));
}

/** Breaks words into lines of at most `width`; a longer word stays whole. */
export function wrapWords(words: readonly string[], width: number, separator = ', '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [i, word] of words.entries()) {
    const end = i === words.length - 1 ? '' : separator.trimEnd();
    const grown = line === '' ? word + end : `${line} ${word}${end}`;
    if (line !== '' && grown.length > width) {
      lines.push(line);
      line = word + end;
    } else {
      line = grown;
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
