import type { Clock } from '../clock.js';
import { deviceError, type EdgeError } from '../errors.js';
import type { ProcessEnd } from './process.js';
import type { Source, SourceRequest } from './source.js';
import type { SourceUrl } from './source-url.js';

/** What sources need of the world. */
export interface SourceTools {
  readonly clock: Clock;
  /** Where programs are looked for, in the form of PATH. */
  readonly searchPath: string;
}

export interface OpenedSource {
  readonly source: Source;
  /** Frames a second to be expected when the URL or the request says so; null when only the source knows. */
  readonly expectedFps: number | null;
  /** A silence is its producer's business: the camera says so, but starting the source again would help nobody. */
  readonly waitsForProducer: boolean;
}

/** One row of the scheme table. `open` only reads the URL: what is wrong in it is thrown here, work starts in `Source.run`. */
export interface Scheme {
  readonly open: (url: SourceUrl, request: SourceRequest, tools: SourceTools) => OpenedSource;
  /** Whether its URL may carry a user and a password. */
  readonly credentials: boolean;
  /** The form of its URL, for messages and docs. */
  readonly usage: string;
}

/** A live source never ends by itself, so a program that leaves is a failure whatever its exit status says. */
export function endOfProgram(name: string, end: ProcessEnd, live: boolean, advice: string): EdgeError | null {
  if (end.stuck) {
    return deviceError(
      'source-stuck',
      `${name} can't be ended, not even by SIGKILL: its driver hangs, and the camera needs a reboot of the board`,
      { ...end },
    );
  }
  if (end.aborted || (end.code === 0 && !live)) return null;
  const how = end.signal === null ? `with status ${end.code}` : `by ${end.signal}`;
  const said = end.stderr.slice(-3).join(' | ');
  return deviceError(
    'source-exited',
    `${name} ended ${how}${said === '' ? '' : `: ${said}`}${advice === '' ? '' : ` (${advice})`}`,
    { ...end },
  );
}
