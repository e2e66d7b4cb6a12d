import { readdirSync, readFileSync } from 'node:fs';

/** What /proc tells of a process; null when it is gone, which it may be at any moment. */
function read(pid: number | string, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return null;
  }
}

/** The fields of /proc/PID/stat from the state on: the name before them may hold anything. */
const statusOf = (pid: number | string): string[] =>
  (read(pid, 'stat') ?? '')
    .replace(/^.*\) /s, '')
    .split(' ')
    .filter(Boolean);

/** A zombie is gone: it only waits for its parent, or for init, to ask how it ended. */
export function isAlive(pid: number): boolean {
  const [state = 'Z'] = statusOf(pid);
  return state !== 'Z';
}

/** A process's children and theirs, with their command lines. */
export function descendantsOf(pid: number | undefined): { readonly pid: number; readonly command: string }[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statusOf(name)[1]) === pid)
    .map((name) => ({ pid: Number(name), command: (read(name, 'cmdline') ?? '').replaceAll('\0', ' ') }));
  return children.flatMap((child) => [child, ...descendantsOf(child.pid)]);
}
