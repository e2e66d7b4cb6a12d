import { type Logger, type LoggerOptions, pino } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const childrenOf = new WeakMap<Logger, Set<WeakRef<Logger>>>();

/** syslog priorities: journald reads `<N>` before a line, and takes every line without one as informational. */
const PRIORITY: Readonly<Record<number, number>> = { 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

/** One JSON line per record on stdout; under journald with its priority in front and without the time it adds itself. */
export function createLogger(level: LogLevel, journal = process.env.JOURNAL_STREAM !== undefined): Logger {
  const children = new Set<WeakRef<Logger>>();
  const options: LoggerOptions = {
    level,
    onChild: (child) => void children.add(new WeakRef(child as Logger)),
    base: null,
    timestamp: journal ? false : pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const remember = (log: Logger): Logger => {
    childrenOf.set(log, children);
    return log;
  };
  if (!journal) return remember(pino(options, pino.destination({ fd: 1, sync: true })));
  const stdout = pino.destination({ fd: 1, sync: true });
  const withPriority = {
    lastLevel: 30,
    [Symbol.for('pino.metadata')]: true,
    write(line: string): void {
      stdout.write(`<${PRIORITY[this.lastLevel] ?? 6}>${line}`);
    },
  };
  return remember(pino(options, withPriority));
}

/** For the logger and for those made from it, which would else keep the level that they were made with. */
export function setLogLevel(log: Logger, level: LogLevel): void {
  log.level = level;
  for (const child of childrenOf.get(log) ?? []) {
    const alive = child.deref();
    if (alive === undefined) childrenOf.get(log)?.delete(child);
    else alive.level = level;
  }
}

/** A logger that says nothing, for tests and for the short-lived commands. */
export const silentLogger: Logger = pino({ level: 'silent' });
