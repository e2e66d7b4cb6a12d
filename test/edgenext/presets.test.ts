import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/edgenext/build-network.js';
import { writePeakGraph } from '../../src/edgenext/calibration-graph.js';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { writeGraph } from '../../src/edgenext/graph.js';
import type { MapSize } from '../../src/edgenext/layers.js';
import type { Network } from '../../src/edgenext/network.js';
import { layersOf } from '../../src/edgenext/precision.js';
import { PRESETS, precisionTable } from '../../src/edgenext/presets.js';
import { createPeakStatistics, type Ranges, rangesOf } from '../../src/edgenext/ranges.js';
import { generatedCheckpoint, generatedImage } from './generated-checkpoint.js';
import { runGraph, square } from './run-graph.js';

const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** What the generator's other images cause. */
async function calibrated(network: Network, size: MapSize): Promise<Ranges> {
  const images = Array.from({ length: 8 }, (_, at) => generatedImage(size.width, `image-${at + 1}`));
  const statistics = createPeakStatistics(network);
  for (const peaks of await runGraph((weights) => writePeakGraph(network, size, weights), images))
    statistics.add(peaks);
  return rangesOf(network, statistics.withHeadroom());
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** At 128 px the attention has both its forms. At 256 the eight images show nearly all that there is to see. */
describe.each([
  ['xx_small', 128, 0.9998],
  ['xx_small_bn_hs', 128, 0.9998],
  ['small_rw', 128, 0.9998],
  ['xx_small', 256, 0.9999],
] as const)('presets of %s at %i px', (variant, side, similar) => {
  const network = buildNetwork(readCheckpoint(generatedCheckpoint(variant), variant), NORMALISATION);
  const size = square(side);
  const image = generatedImage(side);
  const accurate = new Map([
    ['float32', 1],
    ['int8-linear', 0.9998],
    ['int8-linear-accurate', similar],
    ['int8', similar],
    ['int8-fast', 0.999],
    ['int8-auto', 0.9995],
  ]);

  it('answer as float32 does', async () => {
    const ranges = await calibrated(network, size);
    const answers = new Map<string, Float32Array>();
    for (const preset of PRESETS) {
      const options = { precisions: precisionTable(preset, network, size), ranges, metadata: {} };
      const [answer] = await runGraph((weights) => writeGraph(network, size, weights, options), [image]);
      answers.set(preset.id, answer!);
    }
    const similarity = [...answers].map(([id, answer]) => [id, cosine(answer, answers.get('float32')!)] as const);
    for (const [id, value] of similarity) expect(value, id).toBeGreaterThan(accurate.get(id)! - 1e-9);
  });
});

describe('precisionTable', () => {
  const network = buildNetwork(readCheckpoint(generatedCheckpoint('xx_small', 3), 'x'), NORMALISATION);
  const layers = layersOf(network);
  const countOf = (id: string, side: number) =>
    precisionTable(PRESETS.find((preset) => preset.id === id)!, network, square(side)).size;

  it('names layers that exist', () => {
    const known = new Set(layers.map(({ name }) => name));
    for (const preset of PRESETS)
      for (const name of precisionTable(preset, network, square(256)).keys()) expect(known).toContain(name);
  });

  it('keeps the attention float32 where it goes over the Gram matrix', () => {
    expect(countOf('int8-fast', 64)).toBe(layers.length);
    expect(countOf('int8-fast', 256)).toBe(layers.length - 2);
    expect(countOf('float32', 256)).toBe(0);
  });
});
