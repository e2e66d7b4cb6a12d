import { deviceError } from '../errors.js';
import { findProgram } from '../find-program.js';

/** As findProgram, but its absence is the error that says what to install. */
export function requireProgram(names: readonly string[], searchPath: string, install: string): string {
  const path = findProgram(names, searchPath);
  if (path !== null) return path;
  throw deviceError(
    'source-program-missing',
    `${names.join(' or ')} is needed by this source and is not on PATH: install it (${install})`,
    { programs: names, install },
  );
}
