import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readLabelledFolder, readPictureFolder } from '../../src/evaluate/labelled-folder.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labelled-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = async (name: string, text = ''): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
};
const names = { classes: ['cat', 'dog'], numbered: ['dog', 'cow', 'cat'] };
const read = async () => {
  const { pictures, unknown } = await readLabelledFolder(folder, names);
  return { pictures: pictures.map(({ name, truth }) => [name, truth]), unknown: [...unknown] };
};

describe('sub-folders', () => {
  it('give their name, pictures below them too, in the order of names', async () => {
    for (const name of ['dog/b.jpg', 'dog/a.PNG', 'cat/deep/c.ppm', 'cat/notes.txt', 'cow/d.jpeg', 'stray.jpg'])
      await write(name);
    expect(await read()).toEqual({
      pictures: [
        ['cat/deep/c.ppm', 0],
        ['dog/a.PNG', 1],
        ['dog/b.jpg', 1],
      ],
      unknown: [['cow', 1]],
    });
  });

  it('without a known name are refused with what was found and expected', async () => {
    await write('cow/a.jpg');
    await expect(read()).rejects.toThrow(/like classes of the model \(cat, dog\); found pictures of cow/);
  });
});

describe('labels.tsv', () => {
  it('has numbers of its own and names', async () => {
    await write('labels.tsv', 'b.jpg\t0\r\n\na.jpg\tcat\nc.jpg\t1\n');
    expect(await read()).toEqual({
      pictures: [
        ['a.jpg', 0],
        ['b.jpg', 1],
      ],
      unknown: [['cow', 1]],
    });
  });

  it.each(['a.jpg', 'a.jpg\t7', 'a.jpg\tcat\tdog', '\tcat'])(
    'with the line %j is refused with its place',
    async (line) => {
      await write('labels.tsv', `b.jpg\t0\n${line}\n`);
      await expect(read()).rejects.toThrow(/labels\.tsv:2: .*number below 3/);
    },
  );
});

it('a folder that is not there is named', async () => {
  await expect(readLabelledFolder('/nowhere', names)).rejects.toThrow(/folder \/nowhere can't be read/);
  await expect(readPictureFolder('/nowhere')).rejects.toThrow(/folder \/nowhere can't be read/);
});

it('a plain folder of pictures is read with its sub-folders', async () => {
  await expect(readPictureFolder(folder)).rejects.toThrow(/holds no/);
  for (const name of ['z.jpg', 'a/b.png', 'notes.md']) await write(name);
  expect(await readPictureFolder(folder)).toEqual([join(folder, 'a/b.png'), join(folder, 'z.jpg')]);
});
