/**
 * Holds a user's MSL to its declaration, by the attributes and address spaces of the kernel function. What
 * is written in a way that this does not read is left to Metal.
 */

import type { KernelContract, PipelineRequest } from '@wick/core';

/** An argument of the kernel function with `[[buffer(index)]]`. */
interface BufferArgument {
  readonly text: string;
  readonly index: number;
}

/** What does not fit, or undefined. */
export function declarationProblem(
  { kernel, dtypes }: Pick<PipelineRequest, 'kernel' | 'dtypes'>,
  source: string,
  entry: string,
): string | undefined {
  const text = withoutComments(source);
  const found = argumentsOf(text, entry);
  if (found === undefined) {
    return new RegExp(`\\b${escaped(entry)}\\s*\\(`).test(text)
      ? undefined
      : `there is no kernel function "${entry}"`;
  }
  for (const argument of found) {
    const problem = argumentProblem(argument, kernel);
    if (problem !== undefined) return `line ${lineOf(source, argument.text)}: ${problem}`;
  }
  const missing = kernel.bindings.findIndex(
    (_, i) => dtypes[i] !== undefined && !found.some(({ index }) => index === i),
  );
  return missing < 0
    ? undefined
    : `"${kernel.bindings[missing].name}" is declared as binding ${missing}, but "${entry}" has no [[buffer(${missing})]]`;
}

function argumentProblem({ text, index }: BufferArgument, kernel: KernelContract): string | undefined {
  const binding = kernel.bindings[index];
  if (binding !== undefined) {
    const isConstant = /\bconst\b/.test(text) || /\bconstant\b/.test(text);
    if (isConstant && binding.access !== 'read') {
      return `buffer ${index} is "${binding.name}", which is declared "${binding.access}", but it is const`;
    }
    if (!isConstant && binding.access === 'read') {
      return `buffer ${index} is "${binding.name}", which is declared "read", but it is not const`;
    }
    return undefined;
  }
  if (index === kernel.bindings.length && kernel.params.byteLength > 0) {
    return /\bconstant\b/.test(text)
      ? undefined
      : `buffer ${index} is the parameter struct and has to be in the constant address space`;
  }
  return `buffer ${index} is not declared`;
}

/** The buffer arguments of the kernel function; undefined where it cannot be read. */
function argumentsOf(text: string, entry: string): BufferArgument[] | undefined {
  const begin = new RegExp(`\\bkernel\\s+void\\s+${escaped(entry)}\\s*\\(`).exec(text);
  if (begin === null) return undefined;
  const found: BufferArgument[] = [];
  const first = begin.index + begin[0].length;
  let depth = 1;
  let start = first;
  for (let i = first; i < text.length && depth > 0; i++) {
    if ('([{<'.includes(text[i])) depth++;
    else if (')]}>'.includes(text[i])) depth--;
    if (depth > 1 || (depth === 1 && text[i] !== ',')) continue;
    const argument = text.slice(start, i).trim();
    const index = /\[\[\s*buffer\s*\(\s*(\d+)\s*\)\s*\]\]/.exec(argument)?.[1];
    if (index !== undefined) found.push({ text: argument, index: Number(index) });
    start = i + 1;
  }
  return depth === 0 ? found : undefined;
}

/** Comments become spaces, so that places stay. */
function withoutComments(source: string): string {
  return source.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));
}

function lineOf(source: string, text: string): number {
  return source.slice(0, Math.max(0, source.indexOf(text))).split('\n').length;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
