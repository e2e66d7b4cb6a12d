import { findProgram } from './find-program.js';

/**
 * What to start instead of `program`, so that the kernel kills it when the thread that starts it is gone, even if it
 * is stopped or hangs: setpriv of util-linux, which then becomes the program (prctl(2), PR_SET_PDEATHSIG). Where there
 * is no setpriv, the program as it is.
 */
export function killedWithUs(
  program: string,
  args: readonly string[],
  searchPath: string,
): readonly [program: string, args: readonly string[]] {
  const setpriv = findProgram(['setpriv'], searchPath);
  return setpriv === null ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', '--', program, ...args]];
}
