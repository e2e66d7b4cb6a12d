import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/schema.js';
import { type Logger, setLogLevel } from '../log.js';
import type { Publisher } from '../publish/publisher.js';
import { type CameraEntry, waitingStatus } from './reports.js';

export interface SettingFollowers {
  readonly cameras: Map<string, CameraEntry>;
  readonly publisher: Publisher | null;
  readonly log: Logger;
  readonly nowNs: bigint;
}

/** Brings what changed to whoever has to know. Resolves when every camera follows. */
export async function followSettings(before: Config, now: Config, followers: SettingFollowers): Promise<void> {
  const { cameras, publisher, log, nowNs } = followers;
  if (now.log.level !== before.log.level) setLogLevel(log, now.log.level);
  const following: Promise<void>[] = [];
  for (const [id, entry] of cameras) {
    const [old, settings] = [before.cameras[id], now.cameras[id]];
    if (old === undefined || settings === undefined || isDeepStrictEqual(old, settings)) continue;
    if (!isDeepStrictEqual(old.publish, settings.publish)) publisher?.setPolicy(id, settings.publish);
    if (entry.opened !== null) following.push(entry.opened.follow(old));
    else if (old.enabled !== settings.enabled) {
      cameras.set(id, { ...entry, status: waitingStatus(settings.enabled, nowNs) });
    }
  }
  await Promise.all(following);
}
