import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelBench } from '../../src/commands/model-bench.js';
import { modelBuild } from '../../src/commands/model-build.js';
import { modelCompare } from '../../src/commands/model-compare.js';
import { modelEval } from '../../src/commands/model-eval.js';
import { modelImport } from '../../src/commands/model-import.js';
import { modelInspect } from '../../src/commands/model-inspect.js';
import { generatedCheckpoint, generatedImage } from '../edgenext/generated-checkpoint.js';
import { MAIN } from '../harness/daemon.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const ppm = (side: number, pixels: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]);
const plain = (colour: readonly number[]): Buffer =>
  ppm(
    8,
    Uint8Array.from({ length: 8 * 8 * 3 }, (_, index) => colour[index % 3]!),
  );

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);
const nowhere = (): void => undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commands-'));
  await writeFile(at('labels.txt'), 'red\ngreen\nblue\nbright\n');
  // Answers with the means of red, green, blue, and their sum.
  await modelImport(
    fixture('foreign/open.onnx'),
    {
      ...{ inputSize: '8', mean: '0.5,0.5,0.5', std: '1,1,1', fit: 'squash', name: 'colours' },
      ...{ labels: at('labels.txt'), out: at('colours') },
    },
    nowhere,
  );
  for (const [name, colour] of [
    ['red/a.ppm', [200, 10, 10]],
    ['red/b.ppm', [10, 10, 200]],
    ['green/a.ppm', [10, 200, 10]],
    ['bright/a.ppm', [250, 250, 250]],
    ['unheard-of/a.ppm', [0, 0, 0]],
  ] as const) {
    await mkdir(at('pictures', name, '..'), { recursive: true });
    await writeFile(at('pictures', name), plain(colour));
  }
  await writeFile(at('net.safetensors'), generatedCheckpoint('xx_small', 6));
  await mkdir(at('images'));
  for (const name of ['image-1', 'image-2', 'image-3'])
    await writeFile(at('images', `${name}.ppm`), ppm(64, generatedImage(64, name)));
  await modelBuild(
    {
      ...{
        checkpoints: [at('net.safetensors')],
        size: '64',
        graphs: 'int8-linear',
        out: at('net'),
        golden: at('images'),
      },
    },
    nowhere,
  );
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('model eval', () => {
  it('counts what is right and wrong, and says what it left out', async () => {
    const printed: string[] = [];
    const report = await modelEval(at('colours'), at('pictures'), {}, (text) => printed.push(text));
    expect(report).toMatchObject({
      ...{ images: 4, unreadable: [], through: null },
      package: { name: 'colours', rung: 'colours-8' },
      data: { leftOut: { 'unheard-of': 1 } },
      graphs: [
        {
          ...{ id: 'float32', top1: { count: 3, of: 4 }, top5: null, paired: null },
          worst: [{ label: 'red', right: 1, images: 2 }, {}, {}],
          mistakes: [{ label: 'red', takenFor: 'blue', images: 1 }],
        },
      ],
    });
    expect(printed.join('')).toMatch(/float32 +75\.0 % \(30\.1–95\.4\)/);
    expect(printed.join('')).toContain('1 pictures of 1 classes that the model does not know are left out');
  });

  it('knows the same pictures again by their digest, and other names for the classes', async () => {
    await cp(at('pictures', 'red'), at('renamed', 'rouge'), { recursive: true });
    await writeFile(at('names.txt'), 'rouge\nvert\nbleu\nclair\n');
    const digests: string[] = [];
    for (let i = 0; i < 2; i++) {
      const report = await modelEval(at('colours'), at('renamed'), { names: at('names.txt') }, nowhere);
      expect(report.graphs[0]?.top1).toMatchObject({ count: 1, of: 2 });
      digests.push(report.data.digest);
    }
    expect(digests[0]).toBe(digests[1]);
    await writeFile(at('renamed', 'rouge', 'b.ppm'), plain([9, 9, 9]));
    const report = await modelEval(at('colours'), at('renamed'), { names: at('names.txt') }, nowhere);
    expect(report.data.digest).not.toBe(digests[0]);
  });

  it('goes through ffmpeg as a camera’s frames do, and lists what ffmpeg can’t read', async () => {
    await cp(at('pictures'), at('scaled'), { recursive: true });
    await writeFile(at('scaled/green/what?.jpg'), 'no picture at all');
    await writeFile(at('scaled/green/why?.ppm'), plain([0, 250, 0]));
    const report = await modelEval(at('colours'), at('scaled'), { through: 'v4l2:4x4' }, nowhere);
    expect(report).toMatchObject({
      ...{ images: 5, through: { scheme: 'v4l2', capture: { width: 4, height: 4 } } },
      unreadable: [{ name: 'green/what?.jpg' }],
      graphs: [{ top1: { count: 4, of: 5 } }],
    });
  });

  it.each([
    ['rpicam', /--through "rpicam": expected one of v4l2, rtsp, video/],
    ['v4l2:large', /--through "v4l2:large"/],
  ])('does not go through %s', async (through, message) => {
    await expect(modelEval(at('colours'), at('pictures'), { through }, nowhere)).rejects.toThrow(message);
  });

  it('compares graphs with float32, in JSON too', async () => {
    await mkdir(at('six', 'class-0'), { recursive: true });
    await cp(at('images'), at('six', 'class-0'), { recursive: true });
    const printed: string[] = [];
    await modelEval(at('net'), at('six'), { graph: ['int8-linear', 'float32'], json: true }, (text) =>
      printed.push(text),
    );
    const { graphs } = JSON.parse(printed.join(''));
    expect(graphs.map(({ id }: { id: string }) => id)).toEqual(['float32', 'int8-linear']);
    expect(graphs[1].paired).toMatchObject({ reference: 'float32', same: { of: 3 } });
    expect(graphs[1].paired.meanCosine).toBeGreaterThan(0.99);
    expect(graphs[1].paired.largestDifference).toBeGreaterThan(0);
    const text: string[] = [];
    await modelEval(at('net'), at('six'), {}, (line) => text.push(line));
    expect(text.join('')).toMatch(/against float32.*\n.*McNemar p/);
  });
});

describe('model inspect', () => {
  it('reads the precision of each layer from the graphs', async () => {
    const printed: string[] = [];
    const { rungs } = await modelInspect(at('net'), {}, (text) => printed.push(text));
    const [rung] = rungs;
    expect(rung?.graphs.map(({ id, opset, irVersion }) => [id, opset, irVersion])).toEqual([
      ['float32', 17, 8],
      ['int8-linear', 17, 8],
    ]);
    const precisions = new Map(rung?.layers.map((layer) => [layer.name, layer.precisions]));
    expect(precisions.get('stages.3.blocks.0.mlp.fc1')).toEqual(['float32', 'int8']);
    expect(precisions.get('stages.0.blocks.0.conv_dw')).toEqual(['float32', 'float32']);
    expect(precisions.get('stages.1.blocks.1.xca.qkv')).not.toContain(null);
    expect(printed.join('')).toMatch(/stages\.3\.blocks\.0\.mlp\.fc1 +168x672 +float32 +int8/);
  });

  it('of a foreign package says what nobody counted', async () => {
    const printed: string[] = [];
    await modelInspect(at('colours'), {}, (text) => printed.push(text));
    expect(printed.join('')).toMatch(/foreign, 8x8, 16 parameters, multiply-adds not counted/);
    expect(printed.join('')).toMatch(/head +3x4 +float32/);
  });
});

describe('model compare', () => {
  it('compares on golden pictures, times both, and takes a graph of ours by its file', async () => {
    const printed: string[] = [];
    const report = await modelCompare(at('net'), at('net', 'xx_small-64.int8-linear.onnx'), { rounds: '2' }, (text) =>
      printed.push(text),
    );
    expect(report).toMatchObject({ images: 3, a: { ratio: 1, input: { width: 64, height: 64 } } });
    expect(report.meanCosine).toBeGreaterThan(0.99);
    expect(report.meanCosine).toBeLessThan(1);
    expect(report.b.ratio).toBeGreaterThan(0);
    expect(printed.join('')).toContain('mean cosine');
  });

  it('finds a graph to be itself, on a folder of pictures', async () => {
    const report = await modelCompare(
      `${at('net')}@float32`,
      at('net'),
      { images: at('pictures'), rounds: '1' },
      nowhere,
    );
    expect(report).toMatchObject({ images: 5, same: { count: 5 }, largestDifference: 0 });
    expect(report.a.bytes).toBe(report.b.bytes);
  });

  it.each([
    ['net', 'colours', /6 classes, .* 4: only networks with the same classes/],
    ['colours', 'colours', /no golden pictures; .*--images/],
    ['net@int16', 'net', /no graph int16; it has float32, int8-linear/],
    ['net@large/float32', 'net', /no rung large/],
  ])('refuses %s and %s', async (a, b, message) => {
    await expect(modelCompare(at(a), at(b), { rounds: '1' }, nowhere)).rejects.toThrow(message);
  });

  it('refuses a file that does not say how pictures become its input', async () => {
    const options = { images: at('images'), rounds: '1' };
    await expect(modelCompare(fixture('infer/means.onnx'), at('net'), options, nowhere)).rejects.toThrow(
      /model import/,
    );
  });
});

describe('model bench', () => {
  it('measures all graphs of packages and files of any kind, profiled', async () => {
    const printed: string[] = [];
    const options = { rounds: '3', profile: true, armShaped: true, threads: '1' };
    const report = await modelBench([at('net'), fixture('foreign/old.onnx')], options, (text) => printed.push(text));
    expect(report).toMatchObject({ rounds: 3, threads: 1, armShaped: true });
    expect(report.graphs.map(({ id }) => id)).toEqual([
      ...['edgenext-xx-small@xx_small-64/float32', 'edgenext-xx-small@xx_small-64/int8-linear', 'old.onnx'],
    ]);
    expect(report.graphs[0]?.ratio).toBe(1);
    for (const { p50Ms, p95Ms } of report.graphs) expect(p95Ms).toBeGreaterThanOrEqual(p50Ms);
    const operatorsOf = (index: number) => report.graphs[index]?.profile?.operators.map(({ operator }) => operator);
    expect(operatorsOf(0)).not.toContain('DynamicQuantizeMatMul');
    expect(operatorsOf(1)).toContain('DynamicQuantizeMatMul');
    // The blocked layout is what the arm64 build does not have.
    expect(operatorsOf(0)).not.toContain('ReorderInput');
    expect(printed.join('')).toContain('optimized as on ARM, 3 runs each');
  });

  it('keeps to the graphs that are asked for', async () => {
    const { graphs } = await modelBench([at('net')], { rounds: '1', graph: ['int8-linear'] }, nowhere);
    expect(graphs.map(({ id }) => id)).toEqual(['edgenext-xx-small@xx_small-64/int8-linear']);
  });

  it.each([
    [{ rounds: '0' }, /--rounds "0"/],
    [{ threads: 'all' }, /--threads "all"/],
    [{ rung: 'large' }, /no rung large/],
  ])('refuses %j', async (options, message) => {
    await expect(modelBench([at('net')], options, nowhere)).rejects.toThrow(message);
  });

  it('refuses sizes that are open, and files that are not there', async () => {
    await expect(modelBench([fixture('foreign/open.onnx')], {}, nowhere)).rejects.toThrow(/input "x" .*model import/);
    await expect(modelBench([at('gone.onnx')], {}, nowhere)).rejects.toThrow(/no such file/);
  });
});

it('none of the commands touches a package of cameras or brokers', async () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['--import', fixture('no-devices.mjs'), MAIN, ...args]);
  const { stdout } = await run('model', 'inspect', at('colours'), '--json');
  expect(JSON.parse(stdout)).toMatchObject({ manifest: { name: 'colours' } });
  await run('model', 'eval', at('colours'), at('pictures'), '--through', 'video');
  await run('model', 'compare', at('net'), at('net'), '--rounds', '1');
  await run('model', 'bench', at('colours'), '--rounds', '1', '--profile');
  const contract = ['--input-size', '8', '--mean', '0,0,0', '--std', '1,1,1'];
  await run('model', 'import', fixture('foreign/old.onnx'), ...contract, '--out', at('imported'));
  await run('model', 'build', at('net.safetensors'), '--size', '64', '--out', at('built'));
  await expect(run('cameras')).rejects.toThrow(/touched node-libcamera/);
}, 60_000);
