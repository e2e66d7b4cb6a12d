/**
 * Back to back, and nothing else: `bare-loop.js runner|session PACKAGE SECONDS` prints frames a second. `runner`: the
 * runner's process, a new frame sent as soon as the last is answered; `session`: onnxruntime in this process.
 */
import type { Frame } from '../../src/frame.js';
import { startRunner } from '../../src/infer/child-runner.js';
import { runnerEntry } from '../../src/infer/entry.js';
import { openSession } from '../../src/infer/ort-session.js';
import type { RegionView } from '../../src/infer/runner.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import { noise } from './network.js';

interface Loop {
  next(): Promise<unknown>;
  end(): Promise<void>;
}

const [kind, folder = '', seconds = '5'] = process.argv.slice(2);
const model = await readPackage(folder);
const { rung, graphPath, identity } = chooseGraph(model);
const graph = {
  graphPath,
  classes: model.manifest.labels.length,
  threads: 1,
  providers: ['cpu'],
  binding: null,
} as const;
const { width, height } = rung;
/** Several, so that none is still in the processor's caches when its turn comes. */
const frames = Array.from({ length: 8 }, (_, seed) => noise(width * height * 3, seed + 1));

async function sessionLoop(): Promise<Loop> {
  const session = await openSession({ ...graph, input: rung });
  let count = 0;
  return {
    next: () => session.run(frames[count++ % frames.length] ?? new Uint8Array()),
    end: () => session.close(),
  };
}

async function runnerLoop(): Promise<Loop> {
  const spec = { ...graph, input: { width, height }, deadlineMs: 5000, nice: 0, model: identity };
  const runner = await startRunner(spec, { entry: runnerEntry });
  const whole: RegionView = { name: null, view: { rotate: 0, fit: 'squash', cropPct: 1, region: null } };
  const format = { kind: 'rgb24', width, height, rowStride: width * 3 } as const;
  let count = 0;
  const frame = (): Frame => ({
    camera: 'bench',
    seq: count,
    format,
    data: frames[count++ % frames.length] ?? new Uint8Array(),
    captured: { monotonicNs: process.hrtime.bigint(), source: 'producer' },
    release: () => undefined,
  });
  return { next: () => runner.infer(frame(), [whole]), end: () => runner.close() };
}

const loop = kind === 'runner' ? await runnerLoop() : await sessionLoop();
for (let i = 0; i < 40; i++) await loop.next();
const startNs = process.hrtime.bigint();
let count = 0;
while (Number(process.hrtime.bigint() - startNs) / 1e9 < Number(seconds)) {
  await loop.next();
  count++;
}
console.log(count / (Number(process.hrtime.bigint() - startNs) / 1e9));
await loop.end();
