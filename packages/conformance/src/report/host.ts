/** The host that runs this, in words. */

interface Hosts {
  readonly Deno?: {
    readonly version: { readonly deno: string };
    readonly build: { readonly target: string };
  };
  readonly process?: {
    readonly versions?: { readonly node?: string };
    readonly platform?: string;
    readonly arch?: string;
  };
  readonly navigator?: { readonly userAgent?: string };
}

/** `Node 20.20.2, linux x64`, `Deno 2.5.0, x86_64-unknown-linux-gnu`, `Chromium 142, X11; Linux x86_64`. */
export function describeHost(host: Hosts = globalThis as Hosts): string {
  const { Deno, process, navigator } = host;
  // Deno has a `process` as well, and a `navigator`.
  if (Deno !== undefined) return `Deno ${Deno.version.deno}, ${Deno.build.target}`;
  const node = process?.versions?.node;
  if (node !== undefined) return `Node ${node}, ${process?.platform} ${process?.arch}`;
  const agent = navigator?.userAgent ?? '';
  const [, chromium] = /Chrome\/(\d+)/.exec(agent) ?? [];
  const [, system] = /\(([^)]*)\)/.exec(agent) ?? [];
  if (chromium !== undefined) return `Chromium ${chromium}, ${system ?? 'unknown'}`;
  return agent === '' ? 'unknown' : agent;
}
