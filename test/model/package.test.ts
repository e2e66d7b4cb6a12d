import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import { createPackageWriter, type ManifestDraft } from '../../src/model/package-writer.js';

const DRAFT: ManifestDraft = {
  name: 'toy',
  version: '1.2.3',
  release: 1,
  task: 'classify',
  labels: ['left', 'right'],
  input: {
    ...{ colour: 'rgb', fit: 'crop', cropPct: 0.9, interpolation: 'bicubic' },
    ...{ mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
  },
  rungs: [64, 96].map((side) => ({
    ...{ id: `xx_small-${side}`, variant: 'xx_small', width: side, height: side, parameters: 9, macs: 9 },
    graphs: [{ id: 'float32', file: 'graph.onnx', weights: ['w.bin'], precision: 'float32', quality: [] }],
  })),
  golden: [{ file: 'golden/a.png', label: 'left', scores: { 'xx_small-64': [0.9, 0.1] } }],
  requires: { daemon: '>=0.1.0' },
  source: { checkpoint: 'c', sha256: '0'.repeat(64), licence: 'MIT' },
};
const FILES = { 'graph.onnx': 'graph', 'w.bin': 'weights', 'golden/a.png': 'picture' };

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'package-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

async function writeToy(draft: ManifestDraft = DRAFT) {
  const writer = await createPackageWriter(join(parent, 'toy'));
  for (const [path, text] of Object.entries(FILES)) await writer.add(path, Buffer.from(text));
  return writer.finish(draft);
}

describe('a written package', () => {
  it('reads back, names its graphs, and is the same every time', async () => {
    const first = await writeToy();
    const { golden, ...rest } = DRAFT;
    const again = await writeToy({ golden, ...rest });
    expect(again.digest).toBe(first.digest);
    expect(await readPackage(first.folder)).toEqual(again);
    expect(await readdir(parent)).toEqual(['toy']);
    expect((await stat(first.folder)).mode & 0o777).toBe(0o755);

    expect(chooseGraph(again)).toMatchObject({
      rung: { id: 'xx_small-64' },
      graphPath: join(first.folder, 'graph.onnx'),
      identity: { name: 'toy', version: '1.2.3', digest: first.digest, rung: 'xx_small-64', graph: 'float32' },
    });
    expect(chooseGraph(again, 'xx_small-96').rung.width).toBe(96);
    expect(() => chooseGraph(again, 'base-256')).toThrow(/no rung base-256; it has xx_small-64, xx_small-96/);
    expect(() => chooseGraph(again, 'xx_small-64', 'int8')).toThrow(/no graph int8; it has float32/);
  });

  it('is not there before it is whole, and leaves nothing when it is discarded', async () => {
    const writer = await createPackageWriter(join(parent, 'toy'));
    await writer.add('graph.onnx', Buffer.from('x'));
    expect((await readdir(parent)).every((name) => name.startsWith('.'))).toBe(true);
    await writer.discard();
    expect(await readdir(parent)).toEqual([]);
  });

  it('never replaces what is no package', async () => {
    await mkdir(join(parent, 'toy'));
    await writeFile(join(parent, 'toy', 'thesis.txt'), 'years of work');
    await expect(createPackageWriter(join(parent, 'toy'))).rejects.toMatchObject({ code: 'output-exists' });
  });
});

describe('readPackage refuses', () => {
  it.each<[string, (folder: string) => Promise<unknown>, string[]]>([
    ['a missing file', (folder) => unlink(join(folder, 'w.bin')), ['w.bin: missing']],
    ['a cut-off file', (folder) => truncate(join(folder, 'w.bin'), 3), ['w.bin: 3 bytes, expected 7']],
    ['a changed file', (folder) => writeFile(join(folder, 'w.bin'), 'WEIGHTS'), ['w.bin: sha-256 differs']],
    [
      'a link, and says all that is wrong',
      async (folder) => {
        await unlink(join(folder, 'graph.onnx'));
        await symlink('/etc/hostname', join(folder, 'graph.onnx'));
        await unlink(join(folder, 'w.bin'));
      },
      ['graph.onnx: not a plain file inside the package', 'w.bin: missing'],
    ],
  ])('%s', async (_, damage, problems) => {
    const { folder } = await writeToy();
    await damage(folder);
    await expect(readPackage(folder)).rejects.toMatchObject({ code: 'package-corrupt', facts: { problems } });
  });

  it('a folder reached through a link to the outside', async () => {
    const { folder } = await writeToy();
    await mkdir(join(parent, 'outside'));
    await writeFile(join(parent, 'outside', 'a.png'), 'picture');
    await rm(join(folder, 'golden'), { recursive: true });
    await symlink(join(parent, 'outside'), join(folder, 'golden'));
    await expect(readPackage(folder)).rejects.toThrow(/golden\/a\.png: not a plain file inside/);
  });

  it('a folder without manifest', async () => {
    await expect(readPackage(parent)).rejects.toMatchObject({ family: 'model', code: 'package-missing' });
  });

  it.each<[string, (text: string) => string, RegExp[]]>([
    ['what is no JSON', () => '{', [/not JSON/]],
    [
      'several wrong fields at once',
      (text) => text.replace('"release": 1', '"release": 0').replace('"fit": "crop"', '"fit": "stretch"'),
      [/release: .*received 0/, /input\.fit: .*received "stretch"/],
    ],
    ['an unknown key', (text) => text.replace('"release": 1', '"release": 1, "relaese": 2'), [/relaese/]],
    ['a path that leaves the package', (text) => text.replaceAll('w.bin', '../w.bin'), [/a relative path inside/]],
    ['a label that is none', (text) => text.replace('"label": "left"', '"label": "up"'), [/label "up" is not among/]],
    [
      'an unlisted file',
      (text) => text.replace('"file": "graph.onnx"', '"file": "other.onnx"'),
      [/other\.onnx is not/],
    ],
    ['two rungs of one name', (text) => text.replaceAll('xx_small-96', 'xx_small-64'), [/rungs: xx_small-64 more/]],
  ])('a manifest with %s', async (_, edit, messages) => {
    const { folder } = await writeToy();
    const manifest = join(folder, 'manifest.json');
    await writeFile(manifest, edit(await readFile(manifest, 'utf8')));
    for (const message of messages) await expect(readPackage(folder)).rejects.toThrow(message);
    await expect(readPackage(folder)).rejects.toMatchObject({ code: 'manifest-invalid' });
  });
});
