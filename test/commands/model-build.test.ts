import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelBuildOptions } from '../../src/commands/build-options.js';
import { modelBuild } from '../../src/commands/model-build.js';
import { readModel } from '../../src/onnx/read-model.js';
import { generatedCheckpoint, generatedImage } from '../edgenext/generated-checkpoint.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'build-'));
  await writeFile(join(folder, 'net.safetensors'), generatedCheckpoint('xx_small', 3));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const build = (options: Partial<ModelBuildOptions>) =>
  modelBuild(
    { checkpoints: [join(folder, 'net.safetensors')], size: '64', out: join(folder, 'out'), ...options },
    () => undefined,
  );

it('makes a package of several sizes with golden scores for each', async () => {
  await writeFile(join(folder, 'a.ppm'), Buffer.concat([Buffer.from('P6\n64 64\n255\n'), generatedImage(64)]));
  await writeFile(join(folder, 'labels.txt'), 'left\nstraight\n\nright\n');
  const { manifest } = await build({
    ...{ size: '64,96x64', labels: join(folder, 'labels.txt'), golden: folder, fit: 'squash', release: '7' },
    ...{ name: 'toy', version: '2.0.0', quality: ['64:top1=0.5@10:a coin'] },
  });
  expect(manifest).toMatchObject({
    ...{ name: 'toy', version: '2.0.0', release: 7, labels: ['left', 'straight', 'right'] },
    input: { fit: 'squash', cropPct: 1 },
    rungs: [
      { id: 'xx_small-64', graphs: [{ quality: [{ metric: 'top1', value: 0.5, images: 10, data: 'a coin' }] }] },
      { id: 'xx_small-96x64', width: 96, height: 64, graphs: [{ quality: [] }] },
    ],
    golden: [{ file: 'golden/a.ppm', scores: { 'xx_small-64': { length: 3 }, 'xx_small-96x64': { length: 3 } } }],
  });
  expect(manifest.files.map(({ path }) => path)).toEqual([
    'golden/a.ppm',
    'xx_small-64.float32.onnx',
    'xx_small-96x64.float32.onnx',
    'xx_small.float32.weights',
  ]);
});

it('makes int8 graphs, calibrates them on half of the pictures and measures them on the others', async () => {
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  for (let at = 0; at < 6; at++)
    await writeFile(
      join(pictures, `${at}.ppm`),
      Buffer.concat([Buffer.from('P6\n64 64\n255\n'), generatedImage(64, `image-${at}`)]),
    );
  const options = { graphs: 'int8,int8-linear,int8-auto', calibrate: pictures };
  const first = await build(options);
  const [rung] = first.manifest.rungs;
  expect(rung?.graphs.map(({ id, precision, weights }) => [id, precision, weights])).toEqual([
    ['float32', 'float32', ['xx_small.float32.weights']],
    ['int8-linear', 'int8', ['xx_small.int8.weights']],
    ['int8', 'int8', ['xx_small.int8.weights']],
    ['int8-auto', 'int8', ['xx_small.int8.weights']],
  ]);
  for (const { quality } of rung?.graphs.slice(1) ?? []) {
    expect(quality).toMatchObject([{ metric: 'agreement-with-float32', images: 3 }, { metric: 'cosine-to-float32' }]);
    expect(quality[1]?.value).toBeGreaterThan(0.99);
  }
  const ranges = JSON.parse(await readFile(join(first.folder, 'xx_small-64.ranges.json'), 'utf8'));
  expect(ranges).toMatchObject({ images: 3, layers: { 'stages.0.blocks.0.conv_dw': { input: { length: 24 } } } });
  const found = JSON.parse(await readFile(join(first.folder, 'xx_small-64.sensitivity.json'), 'utf8'));
  expect(found.divergence).toBeLessThanOrEqual(found.bound);
  expect(found.layers.map(({ layer }: { layer: string }) => layer)).toContain('stages.2.blocks.3.mlp.fc2');
  expect((await build({ ...options, out: join(folder, 'again') })).digest).toBe(first.digest);
});

describe('of several checkpoints', () => {
  const at = (name: string) => join(folder, name);
  const write = (name: string, variant: string, classes: number) =>
    writeFile(at(name), generatedCheckpoint(variant, classes));

  it('makes rungs of each at each size, the first one first, and says where each is from', async () => {
    await write('other.safetensors', 'x_small_bn_hs', 3);
    await writeFile(at('a.ppm'), Buffer.concat([Buffer.from('P6\n64 64\n255\n'), generatedImage(64)]));
    const { manifest } = await build({
      ...{ checkpoints: [at('net.safetensors'), at('other.safetensors')], size: '64,96', golden: folder },
      quality: ['x_small_bn_hs-96:top1=0.5@10:a coin'],
    });
    const own = { checkpoint: 'other.safetensors' };
    expect(manifest.name).toBe('edgenext-xx-small');
    expect(manifest.source).toMatchObject({ checkpoint: 'net.safetensors', licence: 'not stated' });
    expect(manifest.rungs).toMatchObject([
      { id: 'xx_small-64', variant: 'xx_small', graphs: [{ quality: [] }] },
      { id: 'xx_small-96' },
      { id: 'x_small_bn_hs-64', variant: 'x_small_bn_hs', width: 64, source: own },
      { id: 'x_small_bn_hs-96', width: 96, source: own, graphs: [{ quality: [{ value: 0.5 }] }] },
    ]);
    expect(manifest.rungs.map(({ source }) => source?.sha256)).toEqual([
      ...[undefined, undefined],
      ...Array(2).fill(createHash('sha256').update(generatedCheckpoint('x_small_bn_hs', 3)).digest('hex')),
    ]);
    expect(Object.keys(manifest.golden[0]?.scores ?? {})).toEqual(manifest.rungs.map(({ id }) => id));
    expect(manifest.files.map(({ path }) => path).filter((path) => path.endsWith('.weights'))).toEqual([
      'x_small_bn_hs.float32.weights',
      'xx_small.float32.weights',
    ]);
  });

  it.each<[string, string, number, Partial<ModelBuildOptions>, RegExp]>([
    ['other numbers of classes', 'x_small', 4, {}, /net\.safetensors and .*other.*the same classes, received 3 and 4/],
    ['one variant twice', 'xx_small', 3, {}, /one checkpoint of each variant, received two of xx_small/],
    ['a quality of a size', 'x_small', 3, { quality: ['64:top1=1@1:x'] }, /it of one of xx_small-64, x_small-64/],
  ])('refuses %s', async (_, variant, classes, options, message) => {
    await write('other.safetensors', variant, classes);
    const checkpoints = [at('net.safetensors'), at('other.safetensors')];
    await expect(build({ checkpoints, ...options })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['net.safetensors', 'other.safetensors']);
  });
});

it.each(['headroom', 'min-max', 'percentile', 'mse'])('calibrates by %s, and says so', async (ranges) => {
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  for (let at = 0; at < 4; at++)
    await writeFile(
      join(pictures, `${at}.ppm`),
      Buffer.concat([Buffer.from('P6\n64 64\n255\n'), generatedImage(64, `image-${at}`)]),
    );
  const options = { graphs: 'int8,int8-linear', calibrate: pictures, ...(ranges !== 'headroom' && { ranges }) };
  const first = await build(options);
  const written = JSON.parse(await readFile(join(first.folder, 'xx_small-64.ranges.json'), 'utf8'));
  expect(written).toMatchObject({ method: ranges, images: 2 });
  const metadataOf = async (graph: string) => {
    const { metadataProps } = readModel(await readFile(join(first.folder, `xx_small-64.${graph}.onnx`)), graph);
    return Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  };
  expect(await metadataOf('int8')).toMatchObject({ graph: 'int8', ranges });
  expect(await metadataOf('int8-linear')).not.toHaveProperty('ranges');
  const cosine = first.manifest.rungs[0]?.graphs[2]?.quality.find(({ metric }) => metric === 'cosine-to-float32');
  expect(cosine?.value).toBeGreaterThan(0.98);
  expect((await build({ ...options, out: join(folder, 'again') })).digest).toBe(first.digest);
});

it('says what int8-auto costs in points of top-1 where 2,000 pictures have labels', async () => {
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  const lines: string[] = [];
  for (let at = 0; at < 4; at++) {
    const image = Buffer.concat([Buffer.from('P6\n32 32\n255\n'), generatedImage(32, `image-${at}`)]);
    await writeFile(join(pictures, `${at}.ppm`), image);
    for (let times = 0; times < 500; times++) lines.push(`${at}.ppm\tclass-${at % 3}`);
  }
  const sensitivity = async (out: string) => {
    await build({ graphs: 'int8-auto', calibrate: pictures, size: '32', out: join(folder, out) });
    return JSON.parse(await readFile(join(folder, out, 'xx_small-32.sensitivity.json'), 'utf8'));
  };
  expect(await sensitivity('without')).not.toHaveProperty('topOne');
  await writeFile(join(pictures, 'labels.tsv'), lines.join('\n'));
  const { topOne } = await sensitivity('with');
  expect(topOne).toMatchObject({
    images: 1000,
    graphs: [{ graph: 'float32', points: 0, mcNemarMidP: 1 }, { graph: 'nothing kept' }, { graph: 'kept' }],
  });
  // Pictures 1 and 3 didn't calibrate: of each, every copy is answered alike.
  for (const { top1, points } of topOne.graphs) {
    expect([0, 0.5, 1]).toContain(top1);
    expect(points).toBe(100 * (top1 - topOne.graphs[0].top1));
  }
});

describe('refuses, and leaves nothing behind,', () => {
  it.each<[string, Partial<ModelBuildOptions>, RegExp]>([
    ['a size that is none', { size: 'large' }, /--size "large"/],
    ['a size that the network cannot take', { size: '64,100' }, /100x100.*multiples of 32/],
    ['a graph that is none', { graphs: 'int4' }, /--graphs "int4": expected some of float32, int8-linear/],
    ['int8 without pictures', { graphs: 'int8' }, /--calibrate FOLDER .*int8 need pictures/],
    [
      'ranges by no known method',
      { ranges: 'kl' },
      /--ranges "kl": expected one of headroom, min-max, percentile, mse/,
    ],
    ['a size twice', { size: '64,64' }, /each size once/],
    ['an unknown fit', { fit: 'stretch' }, /--fit "stretch": expected crop, squash, letterbox/],
    ['a crop of nothing', { cropPct: '0' }, /--crop-pct/],
    ['a release that is none', { release: '1.5' }, /--release/],
    ['a quality without data', { quality: ['64:top1=0.5@10'] }, /--quality/],
    ['a quality of another size', { quality: ['96:top1=0.5@10:x'] }, /--quality .*one of 64, xx_small-64/],
    ['a checkpoint that is not there', { checkpoints: ['/nowhere/net'] }, /checkpoint \/nowhere\/net/],
    ['a folder without pictures', { golden: '/dev' }, /holds no \.jpg/],
    ['a name that is no identifier', { name: 'My Model' }, /--name "My Model"/],
    ['a version that is none', { version: '1' }, /--version "1"/],
  ])('%s', async (_, options, message) => {
    await expect(build(options)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['net.safetensors']);
  });

  it('labels that do not match the classes', async () => {
    await writeFile(join(folder, 'labels.txt'), 'left\nleft\n');
    await expect(build({ labels: join(folder, 'labels.txt') })).rejects.toThrow(/expected 3 different names.*found 2/);
  });

  it('a picture that is damaged', async () => {
    await writeFile(join(folder, 'a.png'), 'no picture');
    await expect(build({ golden: folder })).rejects.toThrow(/a\.png/);
    expect(await readdir(folder)).toEqual(['a.png', 'net.safetensors']);
  });
});
