import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killedWithUs } from '../../src/killed-with-us.js';

const ROOT = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../..' : '../..', import.meta.url));
export const MAIN = join(ROOT, 'dist/src/main.js');
export const MODELS = join(ROOT, 'models');

/** The built daemon as a user runs it: a process of its own with a configuration file, seen only from outside. */
export interface DaemonProcess {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly socketPath: string;
  /** Everything that it wrote so far. */
  output(): string;
  /** Messages from the local socket, oldest first, for as long as the connection lives. */
  messages(): AsyncIterable<LocalMessage>;
  /** Ends it with the signal; how it ended. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
  /** Also removes its folder. */
  dispose(): Promise<void>;
}

export interface LocalMessage {
  readonly topic: string;
  readonly [field: string]: unknown;
}

export interface DaemonOptions {
  readonly arguments?: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

/** Starts the daemon with `config`, completed by a state folder and a socket in a temporary folder. */
export async function startDaemon(config: object, options: DaemonOptions = {}): Promise<DaemonProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'edgenextd-'));
  const socketPath = join(folder, 'results.sock');
  const file = join(folder, 'config.yaml');
  const whole = { version: 1, stateDir: join(folder, 'state'), socket: { path: socketPath }, ...config };
  await writeFile(file, JSON.stringify(whole, null, 2));
  const words = [MAIN, 'run', '--config', file, ...(options.arguments ?? [])];
  const [program, args] = killedWithUs(process.execPath, words, process.env.PATH ?? '');
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const exited = once(child, 'close') as Promise<[number | null, string | null]>;

  const stop: DaemonProcess['stop'] = async (signal = 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code, killedBy] = await exited;
    return { code, signal: killedBy };
  };
  return {
    child,
    folder,
    socketPath,
    output: () => output,
    messages: () => readMessages(socketPath),
    stop,
    async dispose() {
      await stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function* readMessages(path: string): AsyncIterable<LocalMessage> {
  const socket = await connectWhenThere(path);
  try {
    for await (const line of createInterface({ input: socket })) yield JSON.parse(line) as LocalMessage;
  } finally {
    socket.destroy();
  }
}

/** Connects to a Unix socket as soon as somebody listens on it. */
export async function connectWhenThere(path: string, deadlineMs = 15_000): Promise<Socket> {
  const giveUpAt = Date.now() + deadlineMs;
  for (;;) {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      if (Date.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
