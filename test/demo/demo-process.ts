import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import { killedWithUs } from '../../src/killed-with-us.js';

const MAIN = fileURLToPath(new URL('../../dist/deploy/demo/main.js', import.meta.url));

export interface DemoProcess {
  readonly child: ChildProcess;
  said(): string;
  complained(): string;
  /** Waits until it has said this on its standard output. */
  heard(pattern: RegExp): Promise<void>;
}

/** The demo as `npm start` runs it, on a pipe instead of a terminal. */
export function startDemo(args: readonly string[], temporary: string): DemoProcess {
  const [program, all] = killedWithUs(process.execPath, [MAIN, ...args], process.env.PATH ?? '');
  const child = spawn(program, all, { env: { ...process.env, TMPDIR: temporary } });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    error += chunk;
  });
  return {
    child,
    said: () => out,
    complained: () => error,
    async heard(pattern) {
      const heard = vi.waitFor(() => expect(out).toMatch(pattern), { timeout: 15_000, interval: 100 });
      const ended = once(child, 'exit').then(() => {
        throw new Error(`the demo ended before it said ${pattern}: ${error}`);
      });
      await Promise.race([heard, ended]);
    },
  };
}
