import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../src/edgenext/build-network.js';
import { type ObservedMap, writeMapGraph, writePeakGraph } from '../../src/edgenext/calibration-graph.js';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { RANGE_METHODS } from '../../src/edgenext/range-methods.js';
import { channelsOf, createPeakStatistics, rangesOf } from '../../src/edgenext/ranges.js';
import { generatedCheckpoint, generatedImage } from './generated-checkpoint.js';
import { runGraph } from './run-graph.js';

const NORMALISATION = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const network = buildNetwork(readCheckpoint(generatedCheckpoint('xx_small_bn_hs', 3), 'x'), NORMALISATION);

it('the map graph answers with the maps whose largest magnitudes the peak graph answers', async () => {
  const size = { width: 64, height: 96 };
  const image = generatedImage(96).subarray(0, 64 * 96 * 3);
  const [peaks] = await runGraph((weights) => writePeakGraph(network, size, weights), [image]);
  let maps: readonly ObservedMap[] = [];
  const [values] = await runGraph(
    (weights) => {
      const graph = writeMapGraph(network, size, weights);
      maps = graph.maps;
      return graph.bytes;
    },
    [image],
  );
  let at = 0;
  const found = maps.flatMap(({ tokens, channels }) => {
    const largest = new Float32Array(channels);
    for (let index = 0; index < tokens * channels; index++, at++)
      largest[index % channels] = Math.max(largest[index % channels]!, Math.abs(values![at]!));
    return [...largest];
  });
  expect(at).toBe(values!.length);
  expect(found).toHaveLength(channelsOf(network));
  expect(Float32Array.from(found)).toEqual(peaks);
});

describe('peaks', () => {
  const statistics = createPeakStatistics(network);
  const of = (value: number) => new Float32Array(channelsOf(network)).fill(value);
  for (const value of [1, 3, 2]) statistics.add(of(value));

  it.each([
    ['headroom', 2 + 4 * Math.sqrt(2 / 3)],
    ['min-max', 3],
    ['percentile', 3],
    ['mse', 3],
  ])('of %s', (id, expected) => {
    const method = RANGE_METHODS.find((candidate) => candidate.id === id);
    const peaks = method!.peaks(statistics);
    for (const { input, output } of rangesOf(network, peaks).values())
      for (const value of [...input, ...output]) expect(value).toBeCloseTo(expected, 5);
  });

  it('are wide enough for the largest even where all pictures are alike', () => {
    const alike = createPeakStatistics(network);
    alike.add(of(2));
    alike.add(of(2));
    expect(alike.withHeadroom()[0]).toBe(2);
  });
});
