import { type Identity, readIdentity } from '../boards/identity.js';
import { openSource } from '../capture/sources.js';
import { systemClock } from '../clock.js';
import type { LoadContext } from '../config/load.js';
import { asEdgeError } from '../errors.js';

/** What a configuration is read with on this board, in this environment. */
export function configContext({ serial, hostname }: Identity = readIdentity()): LoadContext {
  return { serial, hostname, env: process.env, checkSource };
}

function checkSource(url: string): string | null {
  try {
    const request = { camera: 'check', url, width: 64, height: 64, fps: null };
    openSource(request, { clock: systemClock, searchPath: process.env.PATH ?? '' });
    return null;
  } catch (error) {
    return asEdgeError(error).message;
  }
}
