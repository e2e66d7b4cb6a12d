import { readIdentity } from '../boards/identity.js';
import { systemClock } from '../clock.js';
import { resolveConfig } from '../config/last-good.js';
import { Daemon } from '../daemon.js';
import { createLogger } from '../log.js';
import { configContext } from './config-context.js';
import type { RunOptions } from './run.js';

const EXIT_OK = 0;
/** sysexits(3): EX_TEMPFAIL. Nothing is wrong: a service manager that restarts what failed starts it again. */
const EXIT_RESTART = 75;
/** sysexits(3): EX_SOFTWARE. */
const EXIT_BUG = 70;

/** Runs the daemon until `signalled`; its exit code. Throws a configuration error when it can't start. */
export async function runDaemon(
  { file, strict, version }: RunOptions,
  signalled: Promise<NodeJS.Signals>,
): Promise<number> {
  const board = readIdentity();
  const outcome = resolveConfig(file, { context: configContext(board), strict });
  const log = createLogger(outcome.config.log.level);
  const daemon = new Daemon({ file, outcome, board, version, log, clock: systemClock, random: Math.random });
  log.info({ version, node: process.version, pid: process.pid, config: file, source: outcome.source }, 'starting');
  try {
    await daemon.start();
    const signal = await Promise.race([signalled, daemon.over.then(() => null)]);
    log.info({ signal }, signal === null ? 'stopping, to be started again' : 'stopping');
    return signal === null ? EXIT_RESTART : EXIT_OK;
  } catch (thrown) {
    if (isConfiguration(thrown)) throw thrown;
    log.error({ err: thrown }, 'a bug ended the daemon');
    return EXIT_BUG;
  } finally {
    await daemon.close();
    log.info('stopped');
  }
}

const isConfiguration = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'family' in thrown && thrown.family === 'configuration';
