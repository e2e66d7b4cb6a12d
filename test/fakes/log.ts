import { type Logger, silentLogger } from '../../src/log.js';

/** A logger that keeps the messages of one level. */
export function keepingLogger(level: 'warn' | 'info' | 'error'): { readonly log: Logger; readonly kept: string[] } {
  const kept: string[] = [];
  const log = Object.create(silentLogger) as Logger;
  log[level] = (_facts: unknown, message?: string) => {
    kept.push(message ?? '');
  };
  return { log, kept };
}
