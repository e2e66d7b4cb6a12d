import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Before this the clock was never set: a board without a battery starts in 1970 or at its image's build time. */
const EARLIEST_MS = Date.UTC(2024, 0, 1);

/**
 * Whether the wall clock follows a time server; null where nothing here tells.
 * systemd-timesyncd makes its folder when it starts and the file `synchronized` after the first answer of a server
 * (systemd-timesyncd.service(8)). chrony and ntpd leave no such file: unknown.
 */
export function isClockSynchronized(wallMs: number, root = '/'): boolean | null {
  if (wallMs < EARLIEST_MS) return false;
  if (existsSync(join(root, 'run/systemd/timesync/synchronized'))) return true;
  return existsSync(join(root, 'run/systemd/timesync')) ? false : null;
}
