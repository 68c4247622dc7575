/** The commands that hold backends to the contract, and their options. */

import type { Command } from 'commander';
import type { ConformanceFlags, Handlers } from './options.js';
import { backendOption, configOption, progressOption } from './shared.js';
import { parseCount } from './values.js';

const CONFORMANCE_HELP = `
Exclusions:
  JSON with "unsupported" (left out) and "expectedFailures" (run; an unexpected pass fails). Each entry
  names a case, or a kernel and a dtype, and has a reason:
  { "unsupported": [{ "kernel": "attention", "dtype": "float16", "reason": "..." }] }

Exit code:
  1 if a case failed, an expected failure passed, or an entry of the exclusions names nothing.

Example:
  wick conformance --backend webgpu --html report.html
`;

/** Adds `conformance`. */
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
    .option('--exclusions <file>', 'what the backend leaves out, or is expected to fail')
    .option('--json <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as a page')
    .addOption(progressOption())
    .addHelpText('after', CONFORMANCE_HELP)
    .action(async (flags: ConformanceFlags) => result(await handlers.conformance(flags)));
}
