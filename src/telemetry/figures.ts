import { readFileSync } from 'node:fs';

/** A number, or why nobody knows it: never a made-up one. The reasons are those of the sensors. */
export type Figure = number | Missing;

export interface Missing {
  readonly unknown: 'absent' | 'denied' | 'unreadable' | 'no-answer' | 'not-yet';
}

export const missing = (unknown: Missing['unknown']): Missing => ({ unknown });
export const isKnown = (figure: Figure): figure is number => typeof figure === 'number';

/** A file of /proc or /sys at once: the kernel makes them up from memory, in microseconds. */
export function readNow(path: string): string | Missing {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return missing(reasonOf(error));
  }
}

const REASONS: Readonly<Record<string, Missing['unknown']>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  ESRCH: 'absent',
  EACCES: 'denied',
  EPERM: 'denied',
};

function reasonOf(error: unknown): Missing['unknown'] {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? 'unreadable';
}

/** The number that the pattern's group finds, times `scale`. */
export function numberIn(text: string | Missing, pattern: RegExp, scale = 1): Figure {
  if (typeof text !== 'string') return text;
  const found = pattern.exec(text)?.[1];
  return found === undefined ? missing('unreadable') : Number(found) * scale;
}

/** What a counter grew by since the last time; one that starts over has no growth. */
export class Growth {
  #before: number | null = null;

  since(now: Figure): Figure {
    const before = this.#before;
    this.#before = isKnown(now) ? now : null;
    if (!isKnown(now)) return now;
    return before === null || now < before ? missing('not-yet') : now - before;
  }
}

/** A file system behind a network may not answer, and then nobody waits for it. */
const LONGEST_WAIT_MS = 200;

/** What was asked of a file system, or why it is not known. */
export async function inTime<T>(asked: Promise<T>, longestMs = LONGEST_WAIT_MS): Promise<T | Missing> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Missing>((resolve) => {
    timer = setTimeout(() => resolve(missing('no-answer')), longestMs);
  });
  try {
    return await Promise.race([asked, late]);
  } catch (error) {
    return missing(reasonOf(error));
  } finally {
    clearTimeout(timer);
  }
}
