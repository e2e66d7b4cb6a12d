import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { labelledPictures, splitPictures } from '../../src/commands/split-pictures.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'split-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function fill(names: readonly string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), '');
  }
}

const numbered = (count: number, prefix = '') =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(4, '0')}.png`);

describe('splitPictures', () => {
  it('takes every picture of a small folder, by turns', async () => {
    await fill([...numbered(5), 'labels.tsv']);
    expect(await splitPictures(folder)).toMatchObject({
      calibrate: ['0000.png', '0002.png', '0004.png'],
      measure: ['0001.png', '0003.png'],
    });
  });

  it('takes 256 of many, from every sub-folder', async () => {
    await fill([...numbered(200, 'ant/'), ...numbered(200, 'bee/'), ...numbered(100, 'cow/')]);
    const { calibrate, measure } = await splitPictures(folder);
    for (const half of [calibrate, measure]) {
      expect(half).toHaveLength(128);
      const from = (name: string) => half.filter((path) => path.startsWith(name)).length;
      expect([from('ant/'), from('bee/'), from('cow/')].map((count) => Math.round(count / 10))).toEqual([5, 5, 3]);
    }
    expect(new Set([...calibrate, ...measure]).size).toBe(256);
  });

  it('refuses a folder without pictures', async () => {
    await expect(splitPictures(folder)).rejects.toThrow(/--calibrate .* holds no \.jpg/);
  });
});

describe('labelledPictures', () => {
  const labels = ['ant', 'bee'];
  const found = async () => labelledPictures(await splitPictures(folder), labels);

  it('are those that did not calibrate, by sub-folders', async () => {
    await fill([...numbered(1500, 'ant/'), ...numbered(500, 'bee/'), 'cow/1.png']);
    const { calibrate } = await splitPictures(folder);
    const pictures = (await found()) ?? [];
    expect(pictures.length).toBe(2000 - calibrate.filter((name) => !name.startsWith('cow')).length);
    expect(pictures.filter(({ name }) => calibrate.includes(name))).toEqual([]);
    expect(new Set(pictures.map(({ truth }) => truth))).toEqual(new Set([0, 1]));
  });

  it.each<[string, readonly string[]]>([
    ['too few have one', numbered(1999, 'ant/')],
    ['nobody wrote any', numbered(3)],
    ['they are of other classes', numbered(3, 'cow/')],
  ])('are none where %s', async (_, names) => {
    await fill(names);
    expect(await found()).toBeNull();
  });

  it('are refused where labels.tsv is broken', async () => {
    await fill(numbered(3));
    await writeFile(join(folder, 'labels.tsv'), '0000.png\n');
    await expect(found()).rejects.toThrow(/labels\.tsv:1/);
  });
});
