/** The command line as a function: arguments and streams in, exit code out. */

import { CommanderError } from 'commander';
import type { Handlers } from './args/options.js';
import { createProgram } from './args/program.js';
import { EXIT, reportFailure, UsageError } from './failure.js';
import type { Io } from './io.js';

/**
 * Runs one command.
 *
 * @param args without the names of Node and of the program
 * @returns 0; 1 for an internal failure; 2 for what the user can put right; 130 after an interrupt
 */
export async function main(args: readonly string[], io: Io): Promise<number> {
  const handlers: Handlers = {
    run: async (...given) => (await import('./commands/run.js')).run(io, ...given),
    demo: async (...given) => (await import('./commands/demo.js')).demo(io, ...given),
    devices: async (...given) => (await import('./commands/devices.js')).devices(io, ...given),
    plan: async (...given) => (await import('./commands/plan.js')).plan(io, ...given),
    conformance: async (...given) => (await import('./commands/conformance.js')).conformance(io, ...given),
    diff: async (...given) => (await import('./commands/diff.js')).diff(io, ...given),
    imagine: async (...given) => (await import('./commands/imagine.js')).imagine(io, ...given),
    reconstruct: async (...given) => (await import('./commands/reconstruct.js')).reconstruct(io, ...given),
    upscale: async (...given) => (await import('./commands/upscale.js')).upscale(io, ...given),
  };
  let exitCode: number = EXIT.ok;
  let help = '';
  const program = createProgram(
    handlers,
    (text) => {
      help += text;
    },
    (code) => {
      exitCode = code;
    },
  );
  try {
    if (args.length === 0) {
      await io.stderr.write(program.helpInformation());
      return EXIT.usage;
    }
    await parse(() => program.parseAsync(args, { from: 'user' }));
    await io.stdout.write(help);
    return exitCode;
  } catch (thrown) {
    const debug = program.opts<{ debug?: boolean }>().debug === true || io.env.WICK_DEBUG === '1';
    return reportFailure(thrown, io, debug);
  }
}

/** The parser ends by throwing, after help too. */
async function parse(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return;
    throw new UsageError(usageMessage(thrown), { cause: thrown });
  }
}

/** `error: unknown option '--x'\n(Did you mean ...?)`, or `(outputHelp)` where a command is missing. */
function usageMessage({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'there has to be a command; --help lists them';
  return message.replace(/^error: /, '').replace(/\s*\n\s*\(Did you mean (.*)\?\)/, '; did you mean $1?');
}
