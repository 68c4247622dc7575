/** The part of Node's `process` that is used. No import: these files are bundled for browsers too. */

export interface NodeProcess {
  readonly platform: string;
  readonly env: Record<string, string | undefined>;
  readonly versions: Readonly<Record<string, string | undefined>>;
  getuid?(): number;
  getBuiltinModule(name: 'node:fs'): NodeFiles;
  getBuiltinModule(name: 'node:os'): { tmpdir(): string };
}

export interface NodeFiles {
  existsSync(path: string): boolean;
  readdirSync(path: string): string[];
  mkdirSync(path: string, options: { readonly recursive: true; readonly mode: number }): void;
}

/** Node's `process`, or that of a host that passes for Node; undefined in browsers. */
export function nodeProcess(): NodeProcess | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.versions?.node === undefined ? undefined : process;
}
