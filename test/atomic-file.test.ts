import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from '../src/atomic-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'edgenextd-atomic-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('makes the folder, writes the text and sets the mode', async () => {
  const file = join(folder, 'a/b/state.json');
  await writeFileAtomic(file, 'one', 0o600);
  expect(readFileSync(file, 'utf8')).toBe('one');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a reader sees the old text or the new one, never a part, while writers race', async () => {
  const file = join(folder, 'state');
  const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
  await writeFileAtomic(file, texts[0]!);
  let writing = true;
  const writers = Promise.all(texts.map((text) => writeFileAtomic(file, text))).finally(() => {
    writing = false;
  });
  while (writing) {
    expect(texts).toContain(readFileSync(file, 'utf8'));
    await new Promise(setImmediate);
  }
  await writers;
  expect(readdirSync(folder)).toEqual(['state']);
});

test('what fails leaves nothing behind', async () => {
  mkdirSync(join(folder, 'state'));
  await expect(writeFileAtomic(join(folder, 'state'), 'x')).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['state']);
});
