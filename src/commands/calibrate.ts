import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeCalibrationGraph } from '../edgenext/graph.js';
import type { Network } from '../edgenext/network.js';
import { createPeakStatistics, type Ranges } from '../edgenext/ranges.js';
import type { View } from '../frame.js';
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
    (weights) => writeCalibrationGraph(network, size, weights),
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
