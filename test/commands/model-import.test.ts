import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelImportOptions } from '../../src/commands/import-options.js';
import { modelImport } from '../../src/commands/model-import.js';
import { classify } from '../../src/decode/classify.js';
import { openSession } from '../../src/infer/ort-session.js';
import type { ModelPackage } from '../../src/model/manifest.js';
import { chooseGraph } from '../../src/model/package.js';
import { ModelProtoSchema } from '../../src/onnx/onnx_pb.js';
import { readModel } from '../../src/onnx/read-model.js';

/** What each of them answers stands in make_classifiers.py there. */
const foreign = (name: string): string => fileURLToPath(new URL(`../fixtures/foreign/${name}`, import.meta.url));

const MEAN = [0.5, 0.4, 0.3];
const STD = [0.2, 0.25, 0.3];
const COLOUR = [51, 102, 204];
const NORMALISED = COLOUR.map((value, channel) => (value / 255 - MEAN[channel]!) / STD[channel]!);
const ANSWER = [...NORMALISED, NORMALISED.reduce((sum, value) => sum + value, 0)];

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (file: string, options: Partial<ModelImportOptions> = {}) =>
  modelImport(
    file,
    { inputSize: '8', mean: `${MEAN}`, std: `${STD}`, fit: 'squash', out: join(folder, 'out'), ...options },
    () => undefined,
  );

/** What the package's graph answers to a picture of one colour, and the graph's own numbers. */
async function answerOf(model: ModelPackage) {
  const { graphPath, rung } = chooseGraph(model);
  const classes = model.manifest.labels.length;
  const session = await openSession({ graphPath, input: rung, classes, threads: 1, providers: ['cpu'], binding: null });
  const pixels = Uint8Array.from({ length: rung.width * rung.height * 3 }, (_, index) => COLOUR[index % 3]!);
  const logits = Float32Array.from(await session.run(pixels));
  await session.close();
  const { opsetImport, irVersion } = readModel(await readFile(graphPath), graphPath);
  return { logits, opset: opsetImport[0]?.version, irVersion };
}

describe('a foreign classifier answers in a package as it did', () => {
  it.each([
    { file: 'open.onnx', options: {}, opset: 13n, irVersion: 7n, precision: 'float32' },
    {
      file: 'open.onnx',
      options: { layout: 'nchw', inputSize: '16x8' },
      opset: 13n,
      irVersion: 7n,
      precision: 'float32',
    },
    { file: 'stuck.onnx', options: {}, opset: 17n, irVersion: 8n, precision: 'float32' },
    { file: 'old.onnx', options: {}, opset: 9n, irVersion: 3n, precision: 'float32' },
    { file: 'half-int8.onnx', options: { scores: 'logits' }, opset: 17n, irVersion: 8n, precision: 'int8' },
  ])('$file $options', async ({ file, options, opset, irVersion, precision }) => {
    const model = await run(foreign(file), options);
    const answer = await answerOf(model);
    // onnxruntime quantizes what goes into int8 weights too.
    const digits = precision === 'int8' ? 2 : 5;
    for (const [index, value] of ANSWER.entries()) expect(answer.logits[index]).toBeCloseTo(value, digits);
    expect(answer).toMatchObject({ opset, irVersion });
    expect(model.manifest).toMatchObject({
      labels: ['class-0', 'class-1', 'class-2', 'class-3'],
      input: { colour: 'rgb', fit: 'squash', mean: MEAN, std: STD },
      rungs: [{ variant: 'foreign', parameters: 16, macs: null, graphs: [{ id: precision, precision }] }],
    });
  });

  it('with probabilities, which decoding gives back', async () => {
    const model = await run(foreign('channels-last.onnx'), { scores: 'probabilities' });
    const { logits } = await answerOf(model);
    const { top } = classify(logits, model.manifest.labels);
    const expected = classify(Float32Array.from(ANSWER), model.manifest.labels).top;
    expect(top.map(({ classId }) => classId)).toEqual(expected.map(({ classId }) => classId));
    for (const [index, { score }] of top.entries()) expect(score).toBeCloseTo(expected[index]!.score, 5);
  });

  it('with weights in a file beside it, one output of several, labels and golden pictures', async () => {
    const labels = Array.from({ length: 100 }, (_, index) => `thing ${index}`);
    await writeFile(join(folder, 'labels.txt'), labels.join('\n'));
    const pixels = Buffer.from(Array.from({ length: 8 * 8 * 3 }, (_, index) => COLOUR[index % 3]!));
    await writeFile(join(folder, 'a.ppm'), Buffer.concat([Buffer.from('P6\n8 8\n255\n'), pixels]));
    const model = await run(foreign('external.onnx'), {
      ...{ output: 'logits', labels: join(folder, 'labels.txt'), golden: folder, name: 'toy', version: '1.2.3' },
    });
    const { logits } = await answerOf(model);
    expect([...logits.subarray(96)].map((value) => value.toFixed(4))).toEqual(ANSWER.map((value) => value.toFixed(4)));
    expect(model.manifest.files.map(({ path }) => path)).toEqual([
      'golden/a.ppm',
      'toy-8.float32.onnx',
      'toy-8.float32.weights',
    ]);
    expect(model.manifest.files[2]?.size).toBeGreaterThanOrEqual(100 * 3 * 4);
    expect(model.manifest).toMatchObject({
      name: 'toy',
      golden: [{ label: 'thing 2', scores: { 'toy-8': { length: 100 } } }],
    });
  });
});

describe('refused, with nothing left behind,', () => {
  it.each<[string, Partial<ModelImportOptions>, RegExp]>([
    ['channels-last.onnx', {}, /come from a Softmax.*--scores probabilities/],
    ['channels-last.onnx', { scores: 'logits' }, /come from a Softmax/],
    ['open.onnx', { scores: 'probabilities' }, /none, they add up to/],
    ['sigmoid.onnx', {}, /Sigmoid/],
    ['two-inputs.onnx', {}, /one input, it has 2: x, y/],
    ['external.onnx', {}, /2 outputs \(logits, features\).*--output/],
    ['external.onnx', { output: 'nothing' }, /no output "nothing"; it has logits, features/],
    ['map.onnx', {}, /expected \[1, classes\], it has \[1, 4, 1, 1\]/],
    ['bytes.onnx', {}, /expected float32, it is UINT8/],
    ['old.onnx', { inputSize: '16' }, /expected \[1,3,16,16\] for nchw, it has \[1, 3, 8, 8\]/],
    ['old.onnx', { layout: 'nhwc' }, /expected \[1,8,8,3\] for nhwc, it has \[1, 3, 8, 8\]/],
    ['stuck.onnx', { inputSize: '16' }, /stuck\.onnx at 16x16: onnxruntime does not run it/],
    ['open.onnx', { labels: '/nowhere' }, /labels \/nowhere/],
    ['open.onnx', { inputSize: '8,16' }, /expected one size/],
    ['open.onnx', { mean: '0.5' }, /--mean "0.5": expected three numbers/],
    ['open.onnx', { std: '0.2,0,0.2' }, /--std/],
    ['open.onnx', { layout: 'chw' }, /--layout/],
    ['open.onnx', { scores: 'yes' }, /--scores/],
    ['make_classifiers.py', { name: 'x' }, /is not an ONNX/],
    ['gone.onnx', {}, /gone\.onnx can't be read/],
  ])('%s %j', async (file, options, message) => {
    await expect(run(foreign(file), options)).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['../external.data', /"\.\.\/external\.data" is not a file beside the model/],
    ['/etc/passwd', /is not a file beside the model/],
    ['gone.data', /"gone\.data" can't be opened/],
    ['short.data', /is too short: 1200 bytes expected/],
  ])('external data in %s', async (location, message) => {
    const model = readModel(await readFile(foreign('external.onnx')), 'external.onnx');
    for (const { externalData } of model.graph?.initializer ?? [])
      for (const fact of externalData) if (fact.key === 'location') fact.value = location;
    await writeFile(join(folder, 'model.onnx'), toBinary(ModelProtoSchema, model));
    await writeFile(join(folder, 'short.data'), 'short');
    await copyFile(foreign('external.data'), join(folder, 'external.data'));
    await expect(run(join(folder, 'model.onnx'), { output: 'logits' })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual(['external.data', 'model.onnx', 'short.data']);
  });
});
