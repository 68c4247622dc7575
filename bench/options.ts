import { parseArgs } from 'node:util';

export interface Options {
  readonly help: boolean;
  readonly quick: boolean;
  readonly write: boolean;
  readonly json: string | undefined;
}

export const HELP = `pnpm bench [options]

Measures what the scheduling core costs, on a backend that does nothing, beside a naive encoder; and what
ordering and placement change in the plans of real networks. Prints tables, and writes them into README.md
and docs/performance.md.

  --quick       a few rounds only, to see that it runs; writes nothing
  --no-write    prints the tables and writes nothing
  --json FILE   also writes all figures to FILE
  --help        this text`;

/** Throws with one clear sentence for an option that is not known. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      'no-write': { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  });
  return {
    help: values.help,
    quick: values.quick,
    write: !values['no-write'] && !values.quick,
    json: values.json,
  };
}
