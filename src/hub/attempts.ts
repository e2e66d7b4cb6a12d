import type { Backoff } from '../backoff.js';
import { EdgeError } from '../errors.js';

export interface AttemptTools {
  /** Between attempts. */
  readonly backoff: Backoff;
  wait(delayMs: number): Promise<void>;
}

const ATTEMPTS = 6;

/** What another attempt may change: no connection, a broken one, a host that says so itself, a file that it replaced. */
const PASSING = new Set(['hub-unreachable', 'hub-incomplete', 'hub-busy', 'hub-changed']);

/** Tries again after errors that may pass; the last attempt's error is the outcome. */
export async function withAttempts<T>({ backoff, wait }: AttemptTools, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof EdgeError) || !PASSING.has(error.code)) throw error;
    }
    await wait(backoff.next());
  }
}
