import { describe, expect, it } from 'vitest';
import {
  memoryFolder,
  memorySource,
  openSafetensorsFolder,
  readSafetensorsIndex,
  writeSafetensors,
} from '../src/index.js';
import { failure } from './helpers/errors.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const file = (...names: string[]): Uint8Array =>
  writeSafetensors(names.map((name) => ({ name, type: 'U8', shape: [1], bytes: encode(name.at(-1) ?? '') })));
const INDEX = 'model.safetensors.index.json';
const index = (map: string): Uint8Array => encode(`{"metadata":{"total_size":3},"weight_map":${map}}`);
const good = index('{"a":"1.safetensors","b":"2.safetensors","c":"1.safetensors"}');

const folder = (files: Record<string, Uint8Array>) => memoryFolder(new Map(Object.entries(files)), 'folder');

describe('a folder of safetensors', () => {
  it('opens the single file where there is no index', async () => {
    const weights = await openSafetensorsFolder(folder({ 'model.safetensors': file('a') }));
    expect([...weights.tensors.keys()]).toEqual(['a']);
    await weights.close();
  });

  it('opens files of another stem', async () => {
    const stem = 'diffusion_pytorch_model';
    const weights = await openSafetensorsFolder(folder({ [`${stem}.safetensors`]: file('a') }), stem);
    expect(weights.tensors.size).toBe(1);
  });

  it('brings the tensors of all files together', async () => {
    const files = { [INDEX]: good, '1.safetensors': file('a', 'c'), '2.safetensors': file('b') };
    const weights = await openSafetensorsFolder(folder(files));
    expect([...weights.tensors.keys()].sort()).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'b', 'c']) expect(await weights.read(name)).toEqual(encode(name));
    await failure('BAD_MODEL', () => weights.read('d'));
    await weights.close();
    await failure('INVALID_STATE', () => weights.read('a'));
  });

  it('refuses a folder that has neither', async () => {
    await failure('BAD_FILE', () => openSafetensorsFolder(folder({})));
  });

  it('refuses an index that names a file which is not there', async () => {
    await failure('BAD_FILE', () =>
      openSafetensorsFolder(folder({ [INDEX]: good, '1.safetensors': file('a', 'c') })),
    );
  });

  it('refuses an index that puts a tensor where it is not', async () => {
    const files = { [INDEX]: good, '1.safetensors': file('a'), '2.safetensors': file('b', 'c') };
    await failure('BAD_FILE', () => openSafetensorsFolder(folder(files)));
  });

  it('refuses a tensor that the index leaves out, or that two files hold', async () => {
    const extra = { [INDEX]: good, '1.safetensors': file('a', 'c'), '2.safetensors': file('b', 'd') };
    await failure('BAD_FILE', () => openSafetensorsFolder(folder(extra)));
    const twice = { [INDEX]: good, '1.safetensors': file('a', 'c'), '2.safetensors': file('b', 'a') };
    await failure('BAD_FILE', () => openSafetensorsFolder(folder(twice)));
  });

  it('refuses bad files behind a good index', async () => {
    const files = { [INDEX]: good, '1.safetensors': file('a', 'c'), '2.safetensors': encode('nonsense') };
    await failure('BAD_FILE', () => openSafetensorsFolder(folder(files)));
  });
});

describe('a safetensors index', () => {
  const read = (bytes: Uint8Array) => readSafetensorsIndex(memorySource(bytes, INDEX));

  it('skips whatever stands beside the map', async () => {
    const bytes = encode(
      '{"x":[1,-2.5e+3,{"y":null,"z":[true,false,""]}],"weight_map":{"a":"f"},"metadata":{}}',
    );
    expect(await read(bytes)).toEqual(new Map([['a', 'f']]));
  });

  for (const name of [
    '../f',
    '..',
    '.',
    '',
    '/etc/passwd',
    'a/b',
    'a\\\\b',
    'C:f',
    '\\u002e\\u002e/f',
    'f\\u0000',
  ]) {
    it(`refuses the file name ${JSON.stringify(name)}`, async () => {
      const error = await failure('BAD_FILE', () => read(index(`{"a":"${name}"}`)));
      expect(error.message).toMatch(/weight_map\["a"\].*byte \d+/);
    });
  }

  const bad: Record<string, string> = {
    'not JSON': 'x',
    'no map': '{"metadata":{}}',
    'a map that is no object': '{"weight_map":[]}',
    'a map of numbers': '{"weight_map":{"a":1}}',
    'a tensor twice': '{"weight_map":{"a":"f","a":"f"}}',
    'a map twice': '{"weight_map":{},"weight_map":{}}',
    __proto__: '{"weight_map":{"__proto__":"f"}}',
    'something after it': '{"weight_map":{}}{}',
    'a bad word beside it': '{"x":nul,"weight_map":{}}',
    'a bad number beside it': '{"x":01,"weight_map":{}}',
    'deep nesting beside it': `{"x":${'['.repeat(10_000)}`,
    truncated: '{"weight_map":{"a":"f"',
  };
  for (const [name, text] of Object.entries(bad)) {
    it(`is refused: ${name}`, async () => {
      const error = await failure('BAD_FILE', () => read(encode(text)));
      expect(error.message).toMatch(/byte \d+/);
    });
  }
});
