import { fileURLToPath } from 'node:url';
import type { Frame, PictureFormat, View } from '../../src/frame.js';
import type { RegionView, RunnerSpec } from '../../src/infer/runner.js';

export const builtRunner = new URL('../../dist/src/infer/runner-process.js', import.meta.url);

/** The graphs of test/fixtures/infer; what each answers stands in make_graphs.py there. */
export const graph = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/infer/${name}.onnx`, import.meta.url));

export const specOf = (name: string, changes: Partial<RunnerSpec> = {}): RunnerSpec => ({
  binding: null,
  graphPath: graph(name),
  input: { width: 8, height: 8 },
  classes: 4,
  threads: 1,
  providers: ['cpu'],
  deadlineMs: 10_000,
  nice: 0,
  model: { name, version: '1.0.0', digest: '00', rung: 'xxs-8', graph: 'float32' },
  ...changes,
});

const whole: View = { rotate: 0, fit: 'squash', cropPct: 1, region: null };

export const wholePicture: readonly RegionView[] = [{ name: null, view: whole }];

/** Left half and right half. */
export const halves: readonly RegionView[] = [
  { name: 'left', view: { ...whole, region: { x: 0, y: 0, width: 0.5, height: 1 } } },
  { name: 'right', view: { ...whole, region: { x: 0.5, y: 0, width: 0.5, height: 1 } } },
];

/** 8x8 RGB, one colour. */
export function frameOf(red: number, green = red, blue = red): Frame {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, index) => [red, green, blue][index % 3] ?? 0);
  return frameWith(pixels, { kind: 'rgb24', width: 8, height: 8, rowStride: 24 });
}

export function frameWith(data: Uint8Array, format: PictureFormat): Frame {
  return {
    camera: 'front',
    seq: 1,
    format,
    data,
    captured: { monotonicNs: process.hrtime.bigint(), source: 'arrival' },
    release: () => undefined,
  };
}

/** What means.onnx and slow.onnx answer to a picture of one colour. */
export const meansOf = (red: number, green = red, blue = red): number[] =>
  [red, green, blue, red + green + blue].map((sum) => sum / 255);
