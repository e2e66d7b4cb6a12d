import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeMomentGraph, writePeakGraph } from '../edgenext/calibration-graph.js';
import { findInt8Weights, type Int8Weights, wantsMoments } from '../edgenext/int8-weights.js';
import { createMomentStatistics } from '../edgenext/moments.js';
import type { Linear, Network } from '../edgenext/network.js';
import { createPeakStatistics, type Ranges } from '../edgenext/ranges.js';
import type { View } from '../frame.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize } from './build-options.js';
import { withTemporaryGraph } from './load-graph.js';
import { createPictureInput } from './pictures.js';

export interface Calibration {
  readonly ranges: Ranges;
  readonly images: number;
  /** Of the pictures' contents, in the order of their names. */
  readonly sha256: string;
}

/**
 * The ranges of activations that pictures of a folder cause at one input size. They are read one by one, and nothing but
 * the largest magnitude of each channel leaves the runtime.
 */
export function calibrate(
  network: Network,
  size: InputSize,
  view: View,
  folder: string,
  names: readonly string[],
): Promise<Calibration> {
  return withTemporaryGraph(
    (weights) => writePeakGraph(network, size, weights),
    async (session) => {
      const inputOf = createPictureInput(size, view);
      const statistics = createPeakStatistics(network);
      const hash = createHash('sha256');
      for (const name of names) {
        const bytes = await readFile(join(folder, name));
        hash.update(bytes);
        statistics.add(await session.run(inputOf(name, bytes)));
      }
      return { ranges: statistics.ranges(), images: statistics.images, sha256: hash.digest('hex') };
    },
  );
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
export function describeCalibration({ ranges, images, sha256 }: Calibration): Uint8Array {
  const layers = Object.fromEntries(
    [...ranges].map(([name, { input, output }]) => [name, { input: Array.from(input), output: Array.from(output) }]),
  );
  const rule = 'largest magnitude of every channel; at least mean + 4 standard deviations over the pictures';
  // One line a list of channels.
  const text = JSON.stringify({ rule, images, sha256, layers }, null, 1).replace(/\[[^\]]*\]/g, (list) =>
    list.replace(/\s+/g, ' '),
  );
  return Buffer.from(`${text}\n`);
}
