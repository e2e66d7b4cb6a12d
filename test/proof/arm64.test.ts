import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelBuild } from '../../src/commands/model-build.js';
import { PRESETS } from '../../src/edgenext/presets.js';
import type { Frame, View } from '../../src/frame.js';
import { startRunner } from '../../src/infer/child-runner.js';
import type { Runner, RunnerSpec } from '../../src/infer/runner.js';
import type { ModelPackage } from '../../src/model/manifest.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import type { Answers, Job, PictureAnswer } from './emulated/answer.js';
import { answersOf, nodeOn } from './emulated/board.js';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'edgenextd-arm64-'));
const BUILT_RUNNER = new URL('../../dist/src/infer/runner-process.js', import.meta.url);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Raspberry Pi 4, without instructions for the dot product of bytes, and Raspberry Pi 5, with them. */
const CPUS = ['cortex-a72', 'cortex-a76'];
/** Without them onnxruntime's products of bytes saturate on x64: answers that no ARM processor gives. */
const X64_IS_EXACT = / avx512_vnni| avx_vnni/.test(readFileSync('/proc/cpuinfo', 'utf8'));

const viewOf = ({ manifest: { input } }: ModelPackage): View => ({
  ...{ rotate: 0, region: null },
  ...{ fit: input.fit, cropPct: input.cropPct },
});

/** Photographs by size and chroma subsampling, as cameras send them. */
function jpegsFrom(pngs: readonly string[]): string[] {
  return pngs.flatMap((png) =>
    [
      ['640:480', 'yuvj420p'],
      ['333:251', 'yuvj422p'],
    ].map(([size, pixels]) => {
      const jpeg = join(folder, `${basename(png, '.png')}-${pixels}.jpg`);
      const encode = ['-vf', `scale=${size}`, '-pix_fmt', String(pixels), '-q:v', '4', jpeg];
      execFileSync('ffmpeg', ['-loglevel', 'error', '-i', png, ...encode]);
      return jpeg;
    }),
  );
}

let objects: ModelPackage;
let rover: ModelPackage;
let job: Job;
let here: Answers;

beforeAll(async () => {
  const golden = join(models, 'objects/golden');
  objects = await modelBuild(
    {
      checkpoints: [join(models, 'objects/checkpoint.safetensors')],
      ...{ size: '96', labels: join(models, 'objects/labels.txt'), out: join(folder, 'objects') },
      ...{ graphs: PRESETS.map(({ id }) => id).join(','), calibrate: golden },
    },
    () => undefined,
  );
  rover = await readPackage(join(models, 'rover/package'));
  const pngs = ['cup', 'soccer-ball', 'stop-sign', 'umbrella'].map((name) => join(golden, `${name}.png`));
  job = {
    pictures: [...pngs, ...jpegsFrom(pngs)],
    graphs: [
      { graphPath: chooseGraph(rover).graphPath, view: viewOf(rover) },
      ...PRESETS.map(({ id }) => ({
        graphPath: chooseGraph(objects, undefined, id).graphPath,
        view: viewOf(objects),
      })),
    ],
  };
  here = await answersOf(job, process.execPath);
});

const cosine = (a: readonly number[], b: readonly number[]): number => {
  const dot = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, v, i) => sum + v * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

const best = (logits: readonly number[]): number => logits.indexOf(Math.max(...logits));

/** How far the best class is ahead of the second, as a probability. */
function margin(logits: readonly number[]): number {
  const peak = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - peak)).sort((a, b) => b - a);
  return ((powers[0] ?? 0) - (powers[1] ?? 0)) / powers.reduce((sum, power) => sum + power, 0);
}

describe.skipIf(process.arch !== 'x64').each(CPUS)('on an emulated %s', (cpu) => {
  let emulated: string;
  let there: Answers;
  beforeAll(async () => {
    emulated = nodeOn(cpu, folder);
    there = await answersOf(job, emulated);
  });

  const ofGraph = ({ answers }: Answers, index: number): readonly PictureAnswer[] => answers[index] ?? [];
  const FLOAT32 = 1 + PRESETS.findIndex(({ id }) => id === 'float32');
  const int8 = PRESETS.flatMap(({ id, precision }, index) => (precision === 'int8' ? [{ id, index: index + 1 }] : []));

  it('runs the arm64 build of the same runtime', () => {
    expect(there).toMatchObject({ arch: 'arm64', runtime: here.runtime });
  });

  it('decodes and prepares the same bytes', () => {
    const inputs = ({ answers }: Answers): string[][] => answers.map((each) => each.map(({ input }) => input));
    expect(new Set(inputs(here).flat()).size).toBe(job.pictures.length * 2);
    expect(inputs(there)).toEqual(inputs(here));
  });

  it.each([
    ['rover at 64 px', 0],
    ['objects at 96 px', FLOAT32],
  ])('answers as here in float32: %s', (_, graph) => {
    const pairs = ofGraph(here, graph).map(({ logits }, i) => [logits, ofGraph(there, graph)[i]?.logits ?? []]);
    const differences = pairs.flatMap(([a = [], b = []]) =>
      a.map((logit, i) => Math.abs(logit - (b[i] ?? Number.NaN))),
    );
    expect(differences.length).toBeGreaterThan(0);
    expect(Math.max(...differences)).toBeLessThan(1e-4);
  });

  it.skipIf(!X64_IS_EXACT).each(int8)('answers as here in $id', ({ index }) => {
    const compared = ofGraph(there, index).map(({ logits }, i) => {
      const [mine, float32] = [ofGraph(here, index), ofGraph(here, FLOAT32)].map((each) => each[i]?.logits ?? []);
      return { logits, mine: mine ?? [], float32: float32 ?? [] };
    });
    expect(compared).toHaveLength(job.pictures.length);
    for (const { logits, mine } of compared) expect(cosine(logits, mine)).toBeGreaterThan(0.999);
    const sure = compared.filter(({ float32 }) => margin(float32) > 0.1);
    expect(sure.length).toBeGreaterThan(0);
    expect(sure.map(({ logits }) => best(logits))).toEqual(sure.map(({ mine }) => best(mine)));
  });

  it("serves as the daemon's runner", async () => {
    const { graphPath, identity, rung } = chooseGraph(rover);
    const spec: RunnerSpec = {
      ...{ binding: null, graphPath, input: rung, classes: rover.manifest.labels.length, model: identity },
      ...{ threads: 2, providers: ['cpu'], deadlineMs: 60_000, nice: 0 },
    };
    const runner = await startRunnerWith(emulated, spec);
    const picture = job.pictures.findIndex((name) => name.endsWith('.jpg'));
    const frame: Frame = {
      ...{ camera: 'front', seq: 1, format: { kind: 'jpeg' }, captured: { monotonicNs: 0n, source: 'arrival' } },
      data: readFileSync(job.pictures[picture] ?? ''),
      release: () => undefined,
    };
    const answer = await runner.infer(frame, [{ name: null, view: viewOf(rover) }]);
    expect(answer.picture).toEqual({ width: 640, height: 480 });
    const expected = ofGraph(there, 0)[picture]?.logits ?? [];
    expect(cosine([...(answer.regions[0]?.logits ?? [])], expected)).toBeGreaterThan(0.999999);
    await runner.close();
    expect(await runner.exited).toMatchObject({ expected: true, code: 0, signal: null });
  });
});

/** A runner process runs on the Node that the daemon runs on. */
async function startRunnerWith(node: string, spec: RunnerSpec): Promise<Runner> {
  const ours = process.execPath;
  process.execPath = node;
  try {
    return await startRunner(spec, { entry: BUILT_RUNNER, endMs: 30_000 });
  } finally {
    process.execPath = ours;
  }
}
