/** A real loss: Chromium's GPU process crashes under a page that computes. */

import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { bundle } from '../../../testing/bundle.js';
import { missingChromium, openScript } from '../../../testing/chromium.js';
import { describeOnHost } from '../../../testing/hosts.js';
import type { LossPage } from './hosts/loss-entry.js';

describeOnHost(missingChromium(), 'a crash of the GPU process', () => {
  it('rejects what is pending, and the device can be opened again', { timeout: 120_000 }, async () => {
    const code = await bundle(fileURLToPath(new URL('hosts/loss-entry.ts', import.meta.url)));
    const { page, close } = await openScript(code);
    try {
      const begun = await page.evaluate(() => (globalThis as LossPage).wickBegin?.());
      expect(begun).toEqual([0, 2, 4, 6]);
      const survived = page.evaluate(() => (globalThis as LossPage).wickSurvive?.());
      await page.waitForTimeout(500);
      const session = await page.context().browser()?.newBrowserCDPSession();
      await session?.send('Browser.crashGpuProcess');
      expect(await survived).toEqual({
        before: [0, 2, 4, 6],
        reason: 'lost',
        pending: 'DEVICE_LOST',
        read: 'DEVICE_LOST',
        write: 'DEVICE_LOST',
        after: [0, 2, 4, 6],
      });
    } finally {
      await close();
    }
  });
});
