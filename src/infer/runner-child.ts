import { type ChildProcess, type ForkOptions, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { killedWithUs } from '../killed-with-us.js';
import { createStderrTail } from '../stderr-tail.js';
import { createFrameMemory, type FrameMemory } from './frame-memory.js';
import type { FrameMessage, ToRunner } from './wire.js';

export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderrTail: string;
}

/** A forked process and its IPC channel, before anything is said. */
export interface RunnerChild {
  /** 0 when it could not be started at all. */
  readonly pid: number;
  /** Resolves when the process is gone and all that it said was read. Never rejects. */
  readonly exited: Promise<ChildExit>;
  /** One listener at a time. */
  listen(listener: (raw: unknown) => void): void;
  /** Serializes before it returns. A message to a process that is gone is dropped: `exited` tells. */
  send(message: ToRunner): void;
  /** The same for a frame: its bytes are copied before this returns. Throws the model error `frame-memory-full`. */
  sendFrame(frame: Omit<FrameMessage, 'bytes'>, data: Uint8Array): void;
  /** Closes the channel, on which the process ends by itself once it is idle. */
  disconnect(): void;
  kill(): void;
}

/** What of our environment a runner may need: the loader's paths, the GPU's choice, temporary files. */
const INHERITED = ['PATH', 'LD_LIBRARY_PATH', 'CUDA_VISIBLE_DEVICES', 'HOME', 'TMPDIR', 'TZ', 'LANG'];

/** Throws the model error `frame-memory-full`. */
export function forkRunner(entry: URL): RunnerChild {
  const memory = createFrameMemory();
  const child = fork(fileURLToPath(entry), [], forkOptions(memory));
  const said = createStderrTail([]);
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  let listener: (raw: unknown) => void = () => undefined;
  child.on('message', (raw) => listener(raw));
  const exited = exitOf(child, () => said.lines().join('\n'));
  void exited.then(() => memory.close());
  return {
    pid: child.pid ?? 0,
    exited,
    listen(next) {
      listener = next;
    },
    send(message) {
      if (child.connected) child.send(message, () => undefined);
    },
    sendFrame(frame, data) {
      if (!child.connected) return;
      memory.write(data);
      child.send({ ...frame, bytes: data.length } satisfies FrameMessage, () => undefined);
    },
    disconnect() {
      if (child.connected) child.disconnect();
    },
    kill() {
      child.kill('SIGKILL');
    },
  };
}

/**
 * No inherited inspector, loader or heap flags. The two thresholds make glibc give the large blocks of loading a graph
 * back to the system.
 */
function forkOptions(memory: FrameMemory): ForkOptions {
  const env: NodeJS.ProcessEnv = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '131072' };
  for (const name of INHERITED) {
    if (process.env[name] !== undefined) env[name] = process.env[name];
  }
  const [execPath, execArgv] = killedWithUs(process.execPath, [], process.env.PATH ?? '');
  return {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', memory.descriptor],
    execPath,
    execArgv: [...execArgv],
    env,
  };
}

/**
 * Resolves when the process has ended and its stderr and channel are read to the end: an answer that it gave before
 * comes first. (`close` of node would say this, but does not come once we have disconnected the channel ourselves.)
 */
function exitOf(child: ChildProcess, stderrTail: () => string): Promise<ChildExit> {
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.once('exit', (code, signal) => resolve([code, signal]));
  });
  const silent = new Promise((resolve) => child.stderr?.once('close', resolve));
  const disconnected = new Promise((resolve) => child.once('disconnect', resolve));
  const notStarted = new Promise<ChildExit>((resolve) => {
    // Without memory or process slots it does not start at all. Other errors are a failed kill or send.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, stderrTail: error.message });
    });
  });
  const gone = Promise.all([ended, silent, disconnected]).then(([[code, signal]]) => ({
    code,
    signal,
    stderrTail: stderrTail(),
  }));
  return Promise.race([gone, notStarted]);
}
