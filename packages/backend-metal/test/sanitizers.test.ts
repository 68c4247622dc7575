/** softmetal's tests and the addon's under AddressSanitizer and UndefinedBehaviorSanitizer, where CI is. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeUnless } from '#shared';
import { REQUIRE_HOSTS } from '../../../testing/hosts.js';

const script = fileURLToPath(new URL('../../../scripts/metal-sanitize.mjs', import.meta.url));
const unasked = REQUIRE_HOSTS ? undefined : 'it compiles for minutes: pnpm metal:sanitize';

describeUnless(unasked, 'softmetal and the addon', () => {
  it('pass their tests under the sanitizers', { timeout: 900_000 }, () => {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env });
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    expect(stdout).toContain('softmetal: ok, addon: ok');
  });
});
