/** What `wick diff` prints. */

import type { Difference, DiffOutcome } from '@wick/conformance';
import { countOf } from './units.js';

/**
 * @param names of the two backends, the one whose results count as right first
 * @param saved folder with the inputs of the command that differs
 */
export function formatOutcome(
  { commands, submissions, difference, largest }: DiffOutcome,
  names: readonly [string, string],
  saved: string | undefined,
): string {
  const [first, second] = names;
  const done = `${countOf(commands, 'command')} of ${countOf(submissions, 'submission')} compared`;
  if (difference === undefined) {
    const most =
      largest === undefined
        ? 'all are equal'
        : `the largest error is ${Number(largest.share.toPrecision(2))} of its tolerance, in "${largest.label}"`;
    return `${first} and ${second} agree: ${done}; ${most}`;
  }
  return [
    `${first} and ${second} differ first in command ${difference.number}, "${difference.label}"`,
    `  ${what(difference)}, in submission ${difference.submission.serial} "${difference.submission.label}"`,
    `  ${difference.output}[${difference.index}] is ${difference.want} on ${first}, ${difference.got} on ${second}`,
    `  ${difference.count} of ${countOf(difference.length, 'element')} differ beyond tolerance`,
    saved === undefined
      ? '  --save FOLDER writes its inputs, and what each made of them'
      : `  inputs and outputs are in ${saved}`,
    done,
  ].join('\n');
}

function what({ op, kernel, dtype, constants = {}, grid }: Difference): string {
  if (kernel === undefined) return op;
  const variant = Object.entries(constants).map(([name, value]) => `${name} ${value}`);
  return [`kernel ${kernel}`, dtype, ...variant, `grid ${grid?.join(' x ')}`].join(', ');
}
