/**
 * What the compiler gains: our graphs against torch.onnx.export's of the same network, which lie outside the repository
 * (`EDGENEXTD_SHARED`, baselines/). 256 px, 1,000 classes, one thread, all graphs of a network in turn in one run; then
 * the same with both sides optimized as on ARM. Weights are generated: time does not depend on them.
 * Options: `model.js ROUNDS`.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelBuild } from '../../src/commands/model-build.js';
import { textTable } from '../../src/commands/text-table.js';
import { PRESETS } from '../../src/edgenext/presets.js';
import { type BenchReport, benchGraphs } from '../../src/evaluate/bench-graphs.js';
import { resolveGraph, resolveGraphs } from '../../src/evaluate/graph-reference.js';
import { generatedCheckpoint, generatedImage } from '../edgenext/generated-checkpoint.js';
import { SHARED_FOLDER } from '../shared/shared-folder.js';
import { machineLine } from './machine.js';

const SIZE = 256;
const ROUNDS = Number(process.argv[2] ?? 60);
/** Graphs that keep stem, down-samplings and classifier in float32. */
const ACCURATE = ['int8', 'int8-linear-accurate'];

interface Goal {
  readonly variant: string;
  readonly what: string;
  readonly graphs: (id: string) => boolean;
  readonly x64: number;
  readonly arm: number;
}

const isAccurate = (id: string): boolean => ACCURATE.includes(id);
const isInt8 = (id: string): boolean => id.startsWith('int8');

const GOALS: readonly Goal[] = [
  { variant: 'xx_small', what: 'float32', graphs: (id) => id === 'float32', x64: 0.95, arm: 0.95 },
  { variant: 'xx_small', what: 'accurate int8', graphs: isAccurate, x64: 0.66, arm: 0.58 },
  { variant: 'xx_small', what: 'fastest', graphs: isInt8, x64: 0.64, arm: 0.53 },
  { variant: 'small', what: 'accurate int8', graphs: isAccurate, x64: 0.54, arm: 0.46 },
  { variant: 'small', what: 'fastest', graphs: isInt8, x64: 0.52, arm: 0.42 },
];

type Reports = Readonly<Record<'x64' | 'arm', BenchReport>>;

async function measure(folder: string, variant: string): Promise<Reports> {
  const out = join(folder, variant);
  await writeFile(join(folder, 'net.safetensors'), generatedCheckpoint(variant));
  const presets = PRESETS.map(({ id }) => id).join(',');
  const names = { checkpoints: [join(folder, 'net.safetensors')], calibrate: join(folder, 'images'), out };
  await modelBuild({ ...names, size: `${SIZE}`, graphs: presets }, () => undefined);
  const baseline = await resolveGraph(join(SHARED_FOLDER, 'baselines', `base_edgenext_${variant}.onnx`));
  const graphs = [baseline, ...(await resolveGraphs(out, {}))];
  const fixed = { rounds: ROUNDS, threads: 1, profile: false, advanced: () => undefined };
  const x64 = await benchGraphs(graphs, { ...fixed, armShaped: false });
  return { x64, arm: await benchGraphs(graphs, { ...fixed, armShaped: true }) };
}

const shortId = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

function detail({ x64, arm }: Reports): string {
  const rows = x64.graphs.map(({ id, p50Ms, ratio }, index) => [
    ...[shortId(id), p50Ms.toFixed(2), ratio.toFixed(3)],
    ...[arm.graphs[index]?.p50Ms.toFixed(2) ?? '', arm.graphs[index]?.ratio.toFixed(3) ?? ''],
  ]);
  return textTable([['graph', 'x64 ms', 'ratio', 'ARM-shaped ms', 'ratio'], ...rows], '  ');
}

function goalRow({ variant, what, graphs, x64, arm }: Goal, reports: Reports): string[] {
  const cell = (report: BenchReport, limit: number): string => {
    const [best] = report.graphs.filter(({ id }) => graphs(shortId(id))).sort((a, b) => a.ratio - b.ratio);
    if (best === undefined) return 'no such graph';
    const verdict = best.ratio <= limit ? 'met' : 'MISSED';
    return `${best.ratio.toFixed(3)} of ${limit} ${verdict} (${shortId(best.id)})`;
  };
  return [`${variant} ${SIZE} ${what}`, cell(reports.x64, x64), cell(reports.arm, arm)];
}

const folder = await mkdtemp(join(tmpdir(), 'edgenextd-bench-'));
try {
  await mkdir(join(folder, 'images'));
  for (let i = 1; i <= 8; i++) {
    const header = Buffer.from(`P6\n${SIZE} ${SIZE}\n255\n`);
    const picture = Buffer.concat([header, generatedImage(SIZE, `image-${i}`)]);
    await writeFile(join(folder, 'images', `image-${i}.ppm`), picture);
  }
  console.log(machineLine());
  const measured = new Map<string, Reports>();
  for (const variant of new Set(GOALS.map((goal) => goal.variant))) {
    const reports = await measure(folder, variant);
    measured.set(variant, reports);
    console.log(
      `\n${variant} ${SIZE}, ${reports.x64.runtime}, one thread, ${ROUNDS} runs each, in turn\n${detail(reports)}`,
    );
  }
  const rows = GOALS.flatMap((goal) => {
    const reports = measured.get(goal.variant);
    return reports === undefined ? [] : [goalRow(goal, reports)];
  });
  console.log(textTable([['time against the export', 'x64', 'ARM-shaped, both sides'], ...rows]));
} finally {
  await rm(folder, { recursive: true, force: true });
}
