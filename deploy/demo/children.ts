import { fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const END_WITH_PARENT = new URL('./end-with-parent.js', import.meta.url).href;
/** All of the demo has to be gone two seconds after Ctrl-C. */
const PATIENCE_MS = 1500;

/** A process of the demo, whose output goes to a file. It ends with this process, even when that is killed. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it is gone, with how it went. */
  readonly exited: Promise<string>;
  /** SIGTERM, and SIGKILL for one that does not hear; resolves when it is gone, with how it went. */
  end(): Promise<string>;
  lastWords(): string;
}

export function startChild(name: string, script: URL, args: readonly string[], logFile: string): Child {
  const log = openSync(logFile, 'a');
  const child = fork(fileURLToPath(script), [...args], {
    // A group of its own: Ctrl-C reaches only the demo, which then ends the others in order.
    detached: true,
    execArgv: ['--import', END_WITH_PARENT],
    env: { ...process.env, EDGENEXTD_DEMO_PID: String(process.pid) },
    stdio: ['ignore', log, log, 'ipc'],
  });
  const exited = once(child, 'exit').then(([code, signal]) => (signal === null ? `exit code ${code}` : String(signal)));
  return {
    name,
    pid: child.pid ?? -1,
    exited,
    async end() {
      const killing = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      const how = await exited;
      clearTimeout(killing);
      return how;
    },
    lastWords: () => lastLine(readFileSync(logFile, 'utf8')),
  };
}

/** The newest line of a log that tells of an error, else its last one; without the wrapping of a JSON record. */
function lastLine(log: string): string {
  const lines = log.trimEnd().split('\n');
  const line = lines.findLast((one) => /"level":"error"|Error\b/.test(one)) ?? lines.at(-1) ?? '';
  try {
    const record = JSON.parse(line) as { msg?: unknown };
    return typeof record.msg === 'string' ? record.msg : line;
  } catch {
    return line;
  }
}
