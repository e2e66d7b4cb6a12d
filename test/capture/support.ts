import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach } from 'vitest';
import type { SourceFrame, SourceRequest, SourceSink } from '../../src/capture/source.js';
import { openSource } from '../../src/capture/sources.js';
import { systemClock } from '../../src/clock.js';
import type { EdgeError } from '../../src/errors.js';

const folders: string[] = [];
const runs: AbortController[] = [];

/** A folder that goes away after the test, as do the sources that the test leaves running. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'capture-'));
  folders.push(path);
  return path;
}

afterEach(() => {
  for (const run of runs.splice(0)) run.abort();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

export async function until(condition: () => boolean, what: string, deadlineMs = 10_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}

/** An executable Node script. */
export function standIn(path: string, name: string, script: string): void {
  const file = join(path, name);
  writeFileSync(file, `#!${process.execPath}\n${script}`);
  chmodSync(file, 0o755);
}

export const searchPathWith = (first: string): string => `${first}:${process.env.PATH ?? ''}`;

export interface Running {
  readonly frames: SourceFrame[];
  readonly corrupt: string[];
  readonly notes: string[];
  /** null: came to its end or was aborted. */
  readonly ended: Promise<EdgeError | null>;
  abort(): void;
  /** Waits for the n-th frame; fails when the source ends before it. */
  frame(n: number): Promise<SourceFrame>;
}

export interface RunOptions {
  readonly searchPath?: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number | null;
  readonly onFrame?: (frame: SourceFrame) => void;
}

export function run(url: string, options: RunOptions = {}): Running {
  const request: SourceRequest = {
    camera: 'test',
    url,
    width: options.width ?? 64,
    height: options.height ?? 48,
    fps: options.fps ?? null,
  };
  const opened = openSource(request, { clock: systemClock, searchPath: options.searchPath ?? process.env.PATH ?? '' });
  const frames: SourceFrame[] = [];
  const corrupt: string[] = [];
  const notes: string[] = [];
  const abort = new AbortController();
  runs.push(abort);
  const sink: SourceSink = {
    frame(frame) {
      frames.push({ ...frame, data: Buffer.from(frame.data) });
      options.onFrame?.(frame);
    },
    corrupt: (reason) => corrupt.push(reason),
    program: () => undefined,
    note: (message) => notes.push(message),
  };
  let over = false;
  const ended = opened.source
    .run(sink, abort.signal)
    .then(
      () => null,
      (error: unknown) => error as EdgeError,
    )
    .finally(() => {
      over = true;
    });
  return {
    frames,
    corrupt,
    notes,
    ended,
    abort: () => abort.abort(),
    async frame(n) {
      await until(() => frames.length >= n || over, `frame ${n}`);
      const frame = frames[n - 1];
      if (frame === undefined) throw new Error(`ended after ${frames.length} frames: ${(await ended)?.message}`);
      return frame;
    },
  };
}

/** Processes whose command line names `word`, without zombies. */
export function processesNaming(word: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => commandLine(Number(pid)).includes(word) && Number(pid) !== process.pid).map(Number);
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Writes 24-byte headers as docs/sources.md describes them. */
export function pipeFrame(
  fourcc: string,
  seq: number,
  width: number,
  height: number,
  payload: Buffer,
  captureNs = 0n,
): Buffer {
  const header = Buffer.alloc(24);
  header.write(fourcc, 0, 'latin1');
  header.writeUInt32LE(seq, 4);
  header.writeBigUInt64LE(captureNs, 8);
  header.writeUInt16LE(width, 16);
  header.writeUInt16LE(height, 18);
  header.writeUInt32LE(payload.length, 20);
  return Buffer.concat([header, payload]);
}
