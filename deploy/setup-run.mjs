/** What the steps of the set-up share: starting programs, and ending with one clear line. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

export function fail(message) {
  console.error(`set-up: ${message}`);
  process.exit(1);
}

export function run(command, args, why, options = {}) {
  console.log(`set-up: ${why}`);
  start(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
}

/** What it printed. */
export function read(command, args) {
  return start(command, args, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
}

function start(command, args, options) {
  const { status, error, stdout } = spawnSync(command, args, { cwd: root, ...options });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`\`${command} ${args.join(' ')}\` failed with exit code ${status}`);
  return stdout;
}

export function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
