import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObservedMap, writeMapGraph, writeMomentGraph, writePeakGraph } from '../edgenext/calibration-graph.js';
import { findInt8Weights, type Int8Weights, wantsMoments } from '../edgenext/int8-weights.js';
import { createMagnitudeHistograms, type MagnitudeHistograms } from '../edgenext/magnitude-histograms.js';
import { createMomentStatistics } from '../edgenext/moments.js';
import type { Linear, Network } from '../edgenext/network.js';
import type { RangeMethod } from '../edgenext/range-methods.js';
import { createPeakStatistics, type Ranges, rangesOf } from '../edgenext/ranges.js';
import type { View } from '../frame.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize } from './build-options.js';
import { withTemporaryGraph } from './load-graph.js';
import { createPictureInput } from './pictures.js';

export interface Calibration {
  readonly method: RangeMethod;
  readonly ranges: Ranges;
  readonly images: number;
  /** Of the pictures' contents, in the order of their names. */
  readonly sha256: string;
}

/** The ranges of activations that pictures of a folder cause at one input size. They are read one by one. */
export async function calibrate(
  network: Network,
  size: InputSize,
  view: View,
  folder: string,
  names: readonly string[],
  method: RangeMethod,
): Promise<Calibration> {
  const inputOf = createPictureInput(size, view);
  const statistics = createPeakStatistics(network);
  const hash = createHash('sha256');
  await withTemporaryGraph(
    (weights) => writePeakGraph(network, size, weights),
    async (session) => {
      for (const name of names) {
        const bytes = await readFile(join(folder, name));
        hash.update(bytes);
        statistics.add(await session.run(inputOf(name, bytes)));
      }
    },
  );
  const peaks = method.peaks(statistics);
  const chosen = method.clip ? method.clip(await histogramsOf(network, size, inputOf, folder, names, peaks)) : peaks;
  return { method, ranges: rangesOf(network, chosen), images: statistics.images, sha256: hash.digest('hex') };
}

/** Shows the pictures once more, whose largest magnitudes are known. One picture's activations are in memory at a time. */
async function histogramsOf(
  network: Network,
  size: InputSize,
  inputOf: ReturnType<typeof createPictureInput>,
  folder: string,
  names: readonly string[],
  peaks: Float32Array,
): Promise<MagnitudeHistograms> {
  const histograms = createMagnitudeHistograms(peaks);
  let maps: readonly ObservedMap[] = [];
  const write = (weights: SharedWeights) => {
    const graph = writeMapGraph(network, size, weights);
    maps = graph.maps;
    return graph.bytes;
  };
  await withTemporaryGraph(write, async (session) => {
    for (const name of names)
      histograms.add(maps, await session.run(inputOf(name, await readFile(join(folder, name)))));
  });
  return histograms;
}

/** Pictures whose inputs to the linear layers are looked at; a token is a sample, so few are enough. */
const PICTURES_FOR_MOMENTS = 32;

/** The int8 weights of the linear layers, for all input sizes at once, as the sizes share them. */
export async function calibrateWeights(
  network: Network,
  sizes: readonly InputSize[],
  view: View,
  folder: string,
  names: readonly string[],
): Promise<Int8Weights> {
  const statistics = createMomentStatistics();
  const isWanted = wantsMoments(network);
  for (const size of sizes) {
    const inputOf = createPictureInput(size, view);
    let layers: readonly Linear[] = [];
    const write = (weights: SharedWeights) => {
      const graph = writeMomentGraph(network, size, weights, isWanted);
      layers = graph.layers;
      return graph.bytes;
    };
    await withTemporaryGraph(write, async (session) => {
      for (const name of names.slice(0, PICTURES_FOR_MOMENTS))
        statistics.add(layers, await session.run(inputOf(name, await readFile(join(folder, name)))));
    });
  }
  return findInt8Weights(network, statistics.moments());
}

/** The ranges as they lie, readable, beside the graphs that were made with them. */
export function describeCalibration({ method, ranges, images, sha256 }: Calibration): Uint8Array {
  const layers = Object.fromEntries(
    [...ranges].map(([name, { input, output }]) => [name, { input: Array.from(input), output: Array.from(output) }]),
  );
  // One line a list of channels.
  const text = JSON.stringify({ method: method.id, rule: method.rule, images, sha256, layers }, null, 1).replace(
    /\[[^\]]*\]/g,
    (list) => list.replace(/\s+/g, ' '),
  );
  return Buffer.from(`${text}\n`);
}
