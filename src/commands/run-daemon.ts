import { readIdentity } from '../boards/identity.js';
import { systemClock } from '../clock.js';
import { resolveConfig } from '../config/last-good.js';
import { Daemon } from '../daemon.js';
import { EdgeError } from '../errors.js';
import { createLogger } from '../log.js';
import { configContext } from './config-context.js';
import { EXIT_BUG, EXIT_OK, EXIT_RESTART } from './exit-codes.js';
import type { RunOptions } from './run.js';

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
    if (thrown instanceof EdgeError && thrown.family === 'configuration') throw thrown;
    log.error({ err: thrown }, 'a bug ended the daemon');
    return EXIT_BUG;
  } finally {
    await daemon.close();
    log.info('stopped');
  }
}
