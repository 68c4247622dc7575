/** A session that generates text: `--stats` comes last, also when the work failed or was interrupted. */

import type { DeviceFlags, OutputFlags } from './args/options.js';
import { type AskedFor, formatStats } from './format/stats.js';
import type { Generation } from './generation.js';
import type { Io } from './io.js';
import { type Session, withSession } from './session.js';

/** As `withSession`; a generation that failed is a failure of the session. */
export async function withReportedSession(
  io: Io,
  flags: DeviceFlags & OutputFlags,
  asked: AskedFor,
  work: (session: Session) => Promise<Generation>,
): Promise<number> {
  let generation: Generation | undefined;
  try {
    return await withSession(io, flags, async (session) => {
      generation = await work(session);
      if (generation.failure !== undefined) throw generation.failure;
    });
  } finally {
    if (flags.stats && generation !== undefined) {
      await io.stderr.write(`${formatStats(asked, generation)}\n`);
    }
  }
}
