import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** syslog priorities: journald reads `<N>` before a line, and takes every line without one as informational. */
const PRIORITY: Readonly<Record<number, number>> = { 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

/** One JSON line per record on stdout; under journald with its priority in front and without the time it adds itself. */
export function createLogger(level: LogLevel, journal = process.env.JOURNAL_STREAM !== undefined): Logger {
  const options: LoggerOptions = {
    level,
    base: null,
    timestamp: journal ? false : pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (!journal) return pino(options, pino.destination({ fd: 1, sync: true }));
  const stdout = pino.destination({ fd: 1, sync: true });
  const withPriority = {
    lastLevel: 30,
    [Symbol.for('pino.metadata')]: true,
    write(line: string): void {
      stdout.write(`<${PRIORITY[this.lastLevel] ?? 6}>${line}`);
    },
  };
  return pino(options, withPriority);
}

/** A logger that says nothing, for tests and for the short-lived commands. */
export const silentLogger: Logger = pino({ level: 'silent' });
