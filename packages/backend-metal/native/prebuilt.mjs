/**
 * `node native/prebuilt.mjs darwin-arm64`: lays the built addon out as the optional package of a platform,
 * in prebuilt/PLATFORM, ready for `npm publish`.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [platform = ''] = process.argv.slice(2);
const [os, cpu] = platform.split('-');
if (os !== 'darwin' || (cpu !== 'arm64' && cpu !== 'x64')) {
  console.error('give darwin-arm64 or darwin-x64');
  process.exit(1);
}

const { version, license, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const folder = join(root, 'prebuilt', platform);
mkdirSync(folder, { recursive: true });
copyFileSync(join(root, 'gyp/build/Release/wick_metal.node'), join(folder, 'wick_metal.node'));
const manifest = {
  name: `@wick/backend-metal-${platform}`,
  version,
  description: `The native addon of @wick/backend-metal for ${platform}.`,
  license,
  engines,
  os: [os],
  cpu: [cpu],
  main: 'wick_metal.node',
  files: ['wick_metal.node'],
};
writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
console.log(`packed ${manifest.name} ${version} into prebuilt/${platform}`);
