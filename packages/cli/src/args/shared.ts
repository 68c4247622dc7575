/** Options that several commands have. */

import { Option } from 'commander';
import { collectNames } from './values.js';

export function backendOption(standard = 'what the configuration says, or cpu'): Option {
  return new Option(
    '--backend <name>',
    `backend to use; several, repeated or with commas, are tried in order (default: ${standard})`,
  ).argParser(collectNames);
}

export function configOption(): Option {
  return new Option('--config <file>', 'configuration (default: wick.config.json here, if there is one)');
}

export function traceOption(): Option {
  return new Option('--trace <file>', 'write a trace that ui.perfetto.dev and chrome://tracing open');
}

export function gpuTraceOption(): Option {
  return new Option('--gputrace <file>', 'capture the work of the GPU into FILE.gputrace, for Xcode (Metal)');
}

export function statsOption(): Option {
  return new Option('--stats', 'print figures to standard error, as one line of JSON');
}

export function progressOption(): Option {
  return new Option('--progress', 'show progress even if standard error is no terminal');
}
