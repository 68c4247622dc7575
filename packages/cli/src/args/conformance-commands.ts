/** The commands that hold backends to the contract, and their options. */

import type { Command } from 'commander';
import type { ConformanceFlags, DiffFlags, Handlers } from './options.js';
import { backendOption, configOption, progressOption } from './shared.js';
import { parseCount, parseNumber, parseShard } from './values.js';

const CONFORMANCE_HELP = `
Exclusions:
  JSON with "unsupported" (left out) and "expectedFailures" (run; an unexpected pass fails). Each entry
  names a case, or a kernel and a dtype, and has a reason:
  { "unsupported": [{ "kernel": "attention", "dtype": "float16", "reason": "..." }] }

Exit code:
  1 if a case failed, an expected failure passed, or an entry of the exclusions names nothing.

Examples:
  wick conformance --backend webgpu --html report.html
  wick conformance --backend webgpu --shard 1/2 --json 1.json
  wick conformance --merge 1.json 2.json --json report.json
`;

const DIFF_HELP = `
The model runs greedily on both backends at once, with one plan that suits both. After each command what
it wrote is compared, and the second backend's memory is brought into line with the first one's, so that
a difference belongs to the command that made it. Tolerances are those of the conformance suite, times
--tolerance, and their absolute part grows with the largest element.

Exit code:
  1 if a command differs.

Example:
  wick diff --backend cpu --backend webgpu run shakespeare --max-tokens 2 --save first-difference
`;

/** Adds `conformance` and `diff`. */
export function addConformanceCommands(
  program: Command,
  handlers: Handlers,
  result: (exitCode: number) => void,
): void {
  program
    .command('conformance')
    .summary('hold a backend to the conformance suite')
    .description(
      'Puts every case of the conformance suite to a backend, and prints what passed by kernel and dtype, with the largest errors.',
    )
    .addOption(backendOption())
    .addOption(configOption())
    .option('--filter <text>', 'only the cases whose name or group holds this text')
    .option('--seeds <n>', 'seeded adversaries that each case meets', parseCount, 1)
    .option('--first-seed <n>', 'the first of their seeds', parseCount, 1)
    .option('--timeout <ms>', 'most that a case may take; software needs more', parseCount, 25_000)
    .option('--shard <k/n>', 'part k of n of the cases: n processes share the work', parseShard)
    .option('--merge <files...>', 'put the JSON reports of all n parts together; runs nothing')
    .option('--exclusions <file>', 'what the backend leaves out, or is expected to fail')
    .option('--json <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as a page')
    .addOption(progressOption())
    .addHelpText('after', CONFORMANCE_HELP)
    .action(async (flags: ConformanceFlags) => result(await handlers.conformance(flags)));

  program
    .command('diff')
    .summary('find the first command on which two backends differ')
    .description(
      'Runs a model on two backends and names the first command whose output differs beyond tolerance.',
    )
    .argument('<command>', 'run')
    .argument('<model>', 'shakespeare, or llama with --model')
    .addOption(backendOption('none: two are needed'))
    .addOption(configOption())
    .option('--model <path>', 'folder or GGUF file of a Llama')
    .option('--prompt <text>', 'text to continue; - reads standard input (default: one that suits the model)')
    .option('--max-tokens <n>', 'most tokens to generate', parseCount, 2)
    .option('--bisect', 'compare whole submissions, and search the command only where one differs')
    .option('--tolerance <x>', 'multiplies the tolerances of the conformance suite (default: 8)', parseNumber)
    .option('--save <folder>', "write the command's inputs, and what each backend made of them")
    .addOption(progressOption())
    .addHelpText('after', DIFF_HELP)
    .action(async (command: string, model: string, flags: DiffFlags) =>
      result(await handlers.diff(command, model, flags)),
    );
}
