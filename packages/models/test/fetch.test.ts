import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WickError } from '@wick/core';
import { fetchFolder, openModelFolder, type Progress } from '@wick/models';
import { embeddedModelPath, fileFolder } from '@wick/models/node';
import { afterEach, describe, expect, it } from 'vitest';

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/models`;
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);

const files: RequestListener = (request, response) => {
  if (request.url !== '/models/a%20folder/weights.bin') return response.writeHead(404).end();
  response.writeHead(200, { 'content-length': FILE.byteLength });
  return request.method === 'HEAD' ? response.end() : response.end(FILE);
};

const codeOf = (thrown: unknown) => (thrown instanceof WickError ? thrown.code : thrown);
const rejection = (promise: Promise<unknown>) => promise.then(() => 'no error', codeOf);

describe('a folder on a server', () => {
  it('gives the bytes of its files, and their progress', async () => {
    const events: Progress[] = [];
    const folder = fetchFolder(await serve(files), { onProgress: (event) => events.push(event) });
    const inner = folder.folder('a folder');
    expect([await inner.has('weights.bin'), await inner.has('other.bin')]).toEqual([true, false]);
    const source = await inner.open('weights.bin');
    expect(source.byteLength).toBe(FILE.byteLength);
    expect(await source.read(250_000, 50_000)).toEqual(FILE.subarray(250_000));
    expect(events[0]).toEqual({ kind: 'download', label: 'weights.bin', loaded: 0, total: 300_000 });
    expect(events.at(-1)?.loaded).toBe(300_000);
  });

  it('opens a whole model', async () => {
    const disk = fileFolder(embeddedModelPath('shakespeare'));
    const url = await serve(async (request, response) => {
      const name = request.url?.split('/').at(-1) ?? '';
      if (!(await disk.has(name))) return response.writeHead(404).end();
      const source = await disk.open(name);
      const bytes = await source.read(0, source.byteLength);
      response.writeHead(200, { 'content-length': bytes.byteLength });
      return response.end(request.method === 'HEAD' ? undefined : bytes);
    });
    const model = await openModelFolder(fetchFolder(url));
    expect(model.tokenizer.encode('ROMEO').length).toBe(5);
    await model.weights.close();
  });

  it('refuses what is no file', async () => {
    const folder = fetchFolder(
      await serve((request, response) =>
        request.url?.endsWith('missing.bin') ? response.writeHead(404).end() : response.writeHead(503).end(),
      ),
    );
    expect(await rejection(folder.open('missing.bin'))).toBe('BAD_FILE');
    expect(await rejection(folder.open('busy.bin'))).toBe('BAD_FILE');
    expect(await rejection(folder.has('busy.bin'))).toBe('BAD_FILE');
    expect(await rejection(folder.open('../etc'))).toBe('INVALID_ARGUMENT');
  });

  it('notices a download that ends early, a server that is not there, and a cancelled download', async () => {
    const cut = fetchFolder(
      await serve((_, response) => {
        response.writeHead(200, { 'content-length': 1000 });
        response.write(FILE.subarray(0, 10), () => response.destroy());
      }),
    );
    expect(await rejection(cut.open('weights.bin'))).toBe('BAD_FILE');
    expect(await rejection(fetchFolder('http://127.0.0.1:1').open('weights.bin'))).toBe('BAD_FILE');
    const controller = new AbortController();
    const endless = fetchFolder('http://test', {
      signal: controller.signal,
      fetch: async (_, { signal }) => {
        const body = new ReadableStream({
          start: (stream) => signal?.addEventListener('abort', () => stream.error(signal.reason)),
        });
        return new Response(body);
      },
    });
    const opening = rejection(endless.open('weights.bin'));
    setTimeout(() => controller.abort(), 10);
    expect(await opening).toBe('CANCELLED');
  });
});
