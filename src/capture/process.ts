import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { deviceError, type EdgeError } from '../errors.js';
import { killedWithUs } from '../killed-with-us.js';
import { createStderrTail } from '../stderr-tail.js';

/**
 * The one way in which capture runs a program: no shell, its own process group, stdout (or fd 3) always drained,
 * stderr kept as a short tail, ended by SIGINT → SIGTERM → SIGKILL within two seconds, and killed by the kernel when
 * the daemon dies (killed-with-us.ts; without setpriv the program meets a closed pipe at its next frame).
 */
export interface ProcessSpec {
  /** Full path, as requireProgram found it. */
  readonly program: string;
  readonly args: readonly string[];
  /** Where the frames come out: gst-launch prints text on stdout, so it writes them to fd 3. */
  readonly dataFd: 1 | 3;
  /** Given on stdin, which is then closed. What must not be seen in `ps` goes here. */
  readonly stdin: string;
  /** Never shown: replaced by *** in the kept stderr. */
  readonly secrets: readonly string[];
  readonly searchPath: string;
}

export interface ProcessEnd {
  readonly aborted: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Survived SIGKILL (uninterruptible sleep in a driver) and was left behind. */
  readonly stuck: boolean;
  /** The last lines of stderr, secrets replaced. */
  readonly stderr: readonly string[];
}

const LADDER: ReadonlyArray<{ readonly afterMs: number; readonly signal: NodeJS.Signals }> = [
  { afterMs: 0, signal: 'SIGINT' },
  { afterMs: 500, signal: 'SIGTERM' },
  { afterMs: 1000, signal: 'SIGKILL' },
];
const GIVE_UP_MS = 1700;
/** After the program is gone, what still sits in its pipe is read for this long (a descendant may hold it open). */
const DRAIN_MS = 500;

/** Rejects when the program can't be started or `onData` throws (the program is then ended first). `started` is told its id. */
export async function runProcess(
  spec: ProcessSpec,
  onData: (chunk: Buffer) => void,
  signal: AbortSignal,
  started: (pid: number) => void = () => undefined,
): Promise<ProcessEnd> {
  if (signal.aborted) return { aborted: true, code: null, signal: null, stuck: false, stderr: [] };
  const tail = createStderrTail(spec.secrets);
  const child = spawnDetached(spec);
  // Before anything is touched: without a free file descriptor there are not even streams.
  if (child.pid === undefined) throw await startError(spec.program, child);
  started(child.pid);
  const over = new AbortController();
  child.stderr?.on('data', (chunk: Buffer) => tail.push(chunk));
  if (spec.dataFd === 3) child.stdout?.resume();
  for (const stream of child.stdio) stream?.on('error', (error) => tail.note(error.message));
  child.stdin?.end(spec.stdin);
  try {
    const status = await supervise(child, child.stdio[spec.dataFd] as Readable, onData, signal, over.signal);
    return { aborted: signal.aborted, ...status, stderr: tail.lines() };
  } finally {
    over.abort();
    killGroup(child, 'SIGKILL');
    for (const stream of child.stdio) stream?.destroy();
    child.unref();
  }
}

function spawnDetached(spec: ProcessSpec): ChildProcess {
  const [program, args] = killedWithUs(spec.program, spec.args, spec.searchPath);
  return spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe', ...(spec.dataFd === 3 ? (['pipe'] as const) : [])],
    detached: true,
    env: programEnvironment(spec.searchPath),
  });
}

/** The daemon's environment may hold secrets (`${env:…}` in its configuration), which no decoder of foreign streams needs. */
const PASSED_ON = /^(HOME|LANG|LC_\w+|TZ|TMPDIR|USER|XDG_\w+|LD_LIBRARY_PATH|GST_\w+|LIBCAMERA_\w+|DISPLAY)$/;

function programEnvironment(searchPath: string): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => PASSED_ON.test(name));
  return { ...Object.fromEntries(passed), PATH: searchPath };
}

type Status = Pick<ProcessEnd, 'code' | 'signal' | 'stuck'>;

/** Settles when the child is gone, or can't be ended; the first failure of `onData` ends the child and is thrown. */
function supervise(
  child: ChildProcess,
  data: Readable,
  onData: (chunk: Buffer) => void,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<Status> {
  return new Promise((resolve, reject) => {
    let status: Status = { code: null, signal: null, stuck: false };
    let ending = false;
    let thrown: { readonly error: unknown } | null = null;
    const settle = (): void => (thrown === null ? resolve(status) : reject(thrown.error));
    const end = (): void => {
      if (ending) return;
      ending = true;
      for (const step of LADDER) after(step.afterMs, over, () => killGroup(child, step.signal));
      after(GIVE_UP_MS, over, () => {
        status = { ...status, stuck: true };
        settle();
      });
    };
    signal.addEventListener('abort', end, { once: true, signal: over });
    data.on('data', (chunk: Buffer) => {
      if (ending) return;
      try {
        onData(chunk);
      } catch (error) {
        thrown = { error };
        end();
      }
    });
    child.once('exit', (code, exitSignal) => {
      status = { code, signal: exitSignal, stuck: false };
      after(ending ? 0 : DRAIN_MS, over, settle);
    });
    child.once('close', settle);
  });
}

async function startError(program: string, child: ChildProcess): Promise<EdgeError> {
  const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
  return deviceError('source-program-failed', `${program} can't be started: ${cause.message}`, { program }, cause);
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch (error) {
    // ESRCH: nobody is left in the group, which is what was wanted; EPERM: a set-user-id program, which only the kernel's ladder ends.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

function after(delayMs: number, over: AbortSignal, act: () => void): void {
  if (delayMs === 0) {
    act();
    return;
  }
  const timer = setTimeout(act, delayMs);
  over.addEventListener('abort', () => clearTimeout(timer), { once: true });
}
