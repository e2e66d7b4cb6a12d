import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createKeptFiles, type FileReader } from '../../src/boards/kept-files.js';
import type { Clock } from '../../src/clock.js';
import type { Tree } from '../fixtures/boards/parts.js';

export interface BoardTree {
  readonly root: string;
  write(path: string, text: string): void;
  /** As a daemon replaces a file: by renaming. */
  replace(path: string, text: string): void;
  remove(path: string): void;
}

/** A board's files in a folder of its own, gone when the test ends. */
export function plant(...trees: readonly Tree[]): BoardTree {
  const root = mkdtempSync(join(tmpdir(), 'edgenextd-board-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, 'latin1');
  };
  for (const tree of trees) for (const [path, text] of Object.entries(tree)) write(path, text);
  return {
    root,
    write,
    replace(path, text) {
      write(`${path}.new`, text);
      renameSync(join(root, `${path}.new`), join(root, path));
    },
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
  };
}

/** The files under a root, but these fail with an error of the kernel's, as sysfs files do. */
export function failing(root: string, codes: Readonly<Record<string, string>>): FileReader {
  const files = createKeptFiles(root);
  return {
    ...files,
    read(path) {
      const code = codes[path];
      return code === undefined ? files.read(path) : Promise.reject(Object.assign(new Error(code), { code }));
    },
  };
}

/** A tree in memory: fast enough for thousands of runs. */
export const memoryReader = (tree: Readonly<Record<string, string>>): FileReader => ({
  read: (path) => {
    const text = tree[path];
    return text === undefined
      ? Promise.reject(Object.assign(new Error('ENOENT'), { code: 'ENOENT' }))
      : Promise.resolve(text);
  },
  list: (folder) => {
    const names = Object.keys(tree).flatMap((path) =>
      path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1).split('/')[0] ?? ''] : [],
    );
    return Promise.resolve([...new Set(names)]);
  },
  close: () => undefined,
});

/** Stands still until it is moved. */
export function handClock(): Clock & { forward(ms: number): void } {
  let nowNs = 1_000_000_000n;
  return {
    monotonicNs: () => nowNs,
    wallMs: () => 0,
    forward(ms) {
      nowNs += BigInt(Math.round(ms * 1e6));
    },
  };
}
