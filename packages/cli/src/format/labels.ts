/** Many labels in one line. */

import { shorten } from './units.js';

/** `layers.0/mlp: gate_proj/linear, up_proj/linear`: what labels have in common once, repeats counted. */
export function summariseLabels(labels: readonly string[], width: number): string {
  const group = commonGroup(labels);
  const counts = new Map<string, number>();
  for (const label of labels) {
    const rest = label.slice(group.length);
    counts.set(rest, (counts.get(rest) ?? 0) + 1);
  }
  const names = [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`));
  const head = group === '' ? '' : `${group.slice(0, -1)}: `;
  const whole = head + names.join(', ');
  if (whole.length <= width) return whole;
  for (let kept = names.length - 1; kept > 0; kept--) {
    const text = `${head}${names.slice(0, kept).join(', ')}, … (${labels.length} in all)`;
    if (text.length <= width) return text;
  }
  return shorten(whole, width);
}

/** The path that all labels begin with, up to and with a slash; none for a single label. */
export function commonGroup(labels: readonly string[]): string {
  const [first = '', ...others] = labels;
  if (others.length === 0) return '';
  let group = first.slice(0, first.lastIndexOf('/') + 1);
  while (group !== '' && !others.every((label) => label.startsWith(group))) {
    group = group.slice(0, group.lastIndexOf('/', group.length - 2) + 1);
  }
  return group;
}
