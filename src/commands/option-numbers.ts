import { configurationError } from '../errors.js';
import { defaultThreads } from '../infer/threads.js';

/** A whole number from 1 on, as typed; undefined: the fallback. Throws `option-invalid`. */
export function parseCount(option: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw configurationError('option-invalid', `--${option} "${text}": expected a whole number from 1 on`, {
    option,
    received: text,
  });
}

/** As many as the daemon would take, unless told. */
export const parseThreads = (text: string | undefined): number => parseCount('threads', text, defaultThreads());
