/**
 * Hosts that may be missing: by default their tests are skipped with a reason, which `npm test` lists at
 * its end. WICK_REQUIRE_HOSTS=1, as CI sets it, makes a missing host a failure, and puts every case to every
 * host; otherwise the hosts that are slow get a part of the cases.
 */
import { describe, it } from 'vitest';
import { describeUnless } from './shared.js';

declare module 'vitest' {
  interface TaskMeta {
    /** What a suite ran on, for the table at the end of `npm test`. */
    host?: { readonly host: string; readonly adapter: string };
  }
}

export const REQUIRE_HOSTS = process.env.WICK_REQUIRE_HOSTS === '1';

/** Like `describeUnless`, but where all hosts are required the reason is a failure. */
export function describeOnHost(missing: string | undefined, name: string, body: () => void): void {
  if (missing === undefined || !REQUIRE_HOSTS) {
    describeUnless(missing, name, body);
    return;
  }
  describe(name, () => {
    it('is required here (WICK_REQUIRE_HOSTS=1)', () => {
      throw new Error(missing);
    });
  });
}

/**
 * Every `stride`-th of the cases, or all of them where all hosts are required. Called inside a suite, it says
 * there how many are left out.
 */
export function sampled<T>(cases: readonly T[], stride: number): readonly T[] {
  const chosen = REQUIRE_HOSTS ? cases : cases.filter((_, i) => i % stride === 0);
  if (chosen.length < cases.length) {
    it(`${cases.length - chosen.length} more cases`, (context) => {
      context.skip(`one case in ${stride} is run; WICK_REQUIRE_HOSTS=1 runs all`);
    });
  }
  return chosen;
}
