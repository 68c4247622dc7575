/** The commands and their options. Nothing here loads what a command needs: `--help` has to be quick. */

import { Command, Option } from 'commander';
import { version } from '../../package.json';
import { addConformanceCommands } from './conformance-commands.js';
import type { DemoFlags, DevicesFlags, Handlers, PlanFlags, RunFlags } from './options.js';
import { addPictureCommands } from './picture-commands.js';
import {
  backendOption,
  configOption,
  gpuTraceOption,
  progressOption,
  statsOption,
  traceOption,
} from './shared.js';
import { parseCount, parseNumber } from './values.js';

const MODELS = `
Models:
  shakespeare               a character-level Llama that comes with Wick
  llama --model PATH        a Hugging Face Llama folder, or a GGUF file
`;

/** The parser. `result` receives the exit code of the command that ran, `print` the text of help. */
export function createProgram(
  handlers: Handlers,
  print: (text: string) => void,
  result: (exitCode: number) => void,
): Command {
  const program = new Command('wick')
    .description('Runs models on the CPU, WebGPU or Metal, and shows how their work is scheduled.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--debug', 'show the stack of an error (also: WICK_DEBUG=1)')
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    // Errors are told by whoever catches them, in one line.
    .configureOutput({ writeOut: print, writeErr: () => {}, outputError: () => {} })
    .exitOverride();

  program
    .command('run')
    .summary('let a model continue a text')
    .description('Lets a language model continue a text. Standard output gets the text and nothing else.')
    .argument('<model>', 'shakespeare, or llama with --model')
    .addOption(modelOption())
    .option('--prompt <text>', 'text to continue; - reads standard input (default: one that suits the model)')
    .option('--max-tokens <n>', 'most tokens to generate', parseCount, 200)
    .addOption(
      new Option('--greedy', 'always take the most likely token').conflicts(['temperature', 'topK', 'topP']),
    )
    .option('--temperature <x>', 'how freely tokens are chosen (default: 0.8)', parseNumber)
    .option('--top-k <n>', 'choose among the n most likely tokens only', parseCount)
    .option('--top-p <p>', 'choose among the most likely tokens of total probability p only', parseNumber)
    .option('--seed <n>', 'another seed gives another text (default: 0)', parseCount)
    .addOption(backendOption())
    .addOption(configOption())
    .addOption(statsOption())
    .addOption(traceOption())
    .addOption(gpuTraceOption())
    .addOption(progressOption())
    .addHelpText('after', MODELS)
    .addHelpText(
      'after',
      `Example:\n  wick run shakespeare --prompt $'JULIET:\\n' --max-tokens 100 --stats\n`,
    )
    .action(async (model: string, flags: RunFlags) => result(await handlers.run(model, flags)));

  program
    .command('demo')
    .summary('a small Llama writes Shakespeare, and a picture is drawn')
    .description('Lets the embedded models write and draw, and shows what the scheduler made of it.')
    .option('--out <file>', 'PNG file for the picture (default: demo.png)')
    .addOption(backendOption('cpu'))
    .addOption(configOption())
    .addOption(statsOption())
    .addOption(traceOption())
    .addOption(gpuTraceOption())
    .addHelpText('after', '\nExample:\n  wick demo --trace demo.json\n')
    .action(async (flags: DemoFlags) => result(await handlers.demo(flags)));

  program
    .command('devices')
    .summary('list the backends and what they can do')
    .description('Lists the backends: which can be opened here, and why the others cannot.')
    .addOption(configOption())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  wick devices --json\n')
    .action(async (flags: DevicesFlags) => result(await handlers.devices(flags)));

  program
    .command('plan')
    .summary('show how the work of a model is scheduled')
    .description(
      'Plans the pass over a prompt and one decode step, and prints passes, epochs, barriers with the memory that caused each, and where temporaries live.',
    )
    .argument('<model>', 'shakespeare, or llama with --model')
    .addOption(modelOption())
    .option('--prompt <text>', 'text to plan for; - reads standard input (default: one that suits the model)')
    .addOption(new Option('--phase <phase>', 'only this one').choices(['prompt', 'decode']))
    .option('--full', 'list every command and every temporary')
    .option('--json', 'print JSON')
    .addOption(backendOption())
    .addOption(configOption())
    .addHelpText('after', MODELS)
    .addHelpText('after', 'Example:\n  wick plan shakespeare --phase decode --full\n')
    .action(async (model: string, flags: PlanFlags) => result(await handlers.plan(model, flags)));

  addConformanceCommands(program, handlers, result);
  addPictureCommands(program, handlers, result);
  return program;
}

function modelOption(): Option {
  return new Option('--model <path>', 'folder or GGUF file of a Llama');
}
