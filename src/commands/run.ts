import { detectBoard, requireSupported } from '../boards/detect.js';

export interface RunOptions {
  readonly file: string;
  readonly strict: boolean;
  readonly version: string;
}

/**
 * `edgenextd run`: until SIGTERM or SIGINT, after which the process ends within two seconds. The signals are listened
 * to before the daemon's code is loaded, which is most of a start's time.
 */
export async function run(options: RunOptions): Promise<never> {
  const signalled = new Promise<NodeJS.Signals>((resolve) => {
    // They stay: a terminal's Ctrl-C may come twice, and the second must not cut the goodbye short.
    process.on('SIGTERM', resolve);
    process.on('SIGINT', resolve);
  });
  // glibc asks each name server for 5 s, twice, on a thread of node's pool that nothing can end and that the end of the
  // process waits for (resolv.conf(5)). We try again ourselves.
  process.env.RES_OPTIONS ??= 'timeout:1 attempts:1';
  requireSupported(detectBoard());
  const { runDaemon } = await import('./run-daemon.js');
  const exitCode = await runDaemon(options, signalled);
  // A driver that hangs, or whatever else is left, would keep the process for as long as it likes.
  process.exit(exitCode);
}
