import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { readInventory } from '../../src/boards/read-inventory.js';

const folder = mkdtempSync(join(tmpdir(), 'edgenextd-inventory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const UNKNOWN = {
  board: null,
  processor: null,
  cores: null,
  memoryBytes: null,
  os: null,
  kernel: null,
  architecture: null,
};

function standIn(name: string, source: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, source);
  return pathToFileURL(file);
}

test('the built process tells what this machine is', async () => {
  const inventory = await readInventory({ entry: new URL('../../dist/src/boards/inventory.js', import.meta.url) });
  expect(inventory).toMatchObject({ architecture: arch(), memoryBytes: totalmem() });
  expect(inventory.cores).toBeGreaterThan(0);
  expect(inventory.kernel).toMatch(/^\d+\.\d+/);
});

test.each([
  ['never answers', 'setInterval(() => {}, 1000);'],
  ['says nonsense', 'console.log("{");'],
  ['fails', 'process.exit(3);'],
])('a process that %s leaves everything unknown', async (name, source) => {
  expect(await readInventory({ entry: standIn(name.replace(' ', '-'), source), deadlineMs: 500 })).toEqual(UNKNOWN);
});

test('an abort ends the process at once', async () => {
  const entry = standIn('waits', 'setInterval(() => {}, 1000);');
  expect(await readInventory({ entry, signal: AbortSignal.abort() })).toEqual(UNKNOWN);
});
