/**
 * Chromium for tests: headless, with WebGPU in software where there is no GPU, on pages that a small server
 * of the test's own hands out.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';

const BINARIES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function binary(): string | undefined {
  return BINARIES.find((path) => existsSync(path));
}

/** Why there is no Chromium to test with, for `describeUnless`; undefined where there is. */
export function missingChromium(): string | undefined {
  return binary() === undefined ? 'no Chromium; Debian: apt-get install chromium' : undefined;
}

/** A started browser. WebGPU on Linux needs the flag, and nothing else; without it there is no adapter. */
export function openChromium(args: readonly string[] = ['--enable-unsafe-webgpu']): Promise<Browser> {
  return chromium.launch({
    executablePath: binary() ?? '',
    args: ['--no-sandbox', ...args],
  });
}

/** What a server answers, by path: `/` is the page. */
export type Files = Readonly<Record<string, { readonly type: string; readonly body: string | Uint8Array }>>;

export interface Served {
  /** Of the server, without a path. It is an origin that browsers trust, so WebGPU and workers are there. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves files from memory, isolated from other origins, so that pages have `SharedArrayBuffer`. */
export async function serve(files: Files): Promise<Served> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://local');
    const file = files[pathname];
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': file.type,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(file.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A page whose only content is one module; what it throws or rejects fails `failed`. */
export interface ScriptPage {
  readonly page: Page;
  /** Rejects with the first error that the page does not catch, and when it crashes; never resolves. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Opens a browser on a page that runs `code`, which is also there as `/script.js`, for workers. */
export async function openScript(code: string): Promise<ScriptPage> {
  const html = '<!doctype html><title>test</title><script type="module" src="/script.js"></script>';
  const served = await serve({
    '/': { type: 'text/html', body: html },
    '/script.js': { type: 'text/javascript', body: code },
    '/favicon.ico': { type: 'image/x-icon', body: '' },
  });
  const browser = await openChromium();
  const page = await browser.newPage();
  const failed = new Promise<never>((_, reject) => {
    page.on('pageerror', reject);
    page.on('crash', () => reject(new Error('the page crashed')));
    page.on('console', (message) => {
      if (message.type() === 'error') reject(new Error(message.text()));
    });
  });
  failed.catch(() => {}); // whoever waits for it is told
  await page.goto(served.origin);
  return {
    page,
    failed,
    close: async () => {
      await browser.close();
      await served.close();
    },
  };
}
