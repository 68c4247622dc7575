/** The suite in Deno: the run as JSON on standard input, a record a line on standard output. */

import type { HostRun } from './protocol.js';
import { runCases } from './suite-entry.js';

const run = (await new Response(Deno.stdin.readable).json()) as HostRun;
await runCases(run, (record) => console.log(JSON.stringify(record)));
Deno.exit(0); // a device that is open keeps it alive

declare const Deno: { readonly stdin: { readonly readable: ReadableStream }; exit(code: number): never };
