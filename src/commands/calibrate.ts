import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCalibrationGraph } from '../edgenext/graph.js';
import type { Network } from '../edgenext/network.js';
import { type Ranges, rangesFrom } from '../edgenext/ranges.js';
import type { View } from '../frame.js';
import { openSession } from '../infer/ort-session.js';
import { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize } from './build-options.js';
import { createPictureInput, pictureNames } from './pictures.js';

export interface Calibration {
  readonly ranges: Ranges;
  readonly images: number;
  /** Of the pictures' contents, in the order of their names. */
  readonly sha256: string;
}

/** More pictures hardly move the ranges. Of a larger folder evenly spaced ones are taken. */
const PICTURES_AT_MOST = 256;

/**
 * The ranges of activations that the pictures of a folder cause at one input size: for every channel the largest magnitude
 * seen. Pictures are read one by one, and only maxima leave the runtime.
 */
export async function calibrate(network: Network, size: InputSize, view: View, folder: string): Promise<Calibration> {
  const names = spaced(await pictureNames('calibrate', folder), PICTURES_AT_MOST);
  const place = await mkdtemp(join(tmpdir(), 'edgenextd-calibration-'));
  try {
    const weights = new SharedWeights('calibration.weights');
    const graphPath = join(place, 'calibration.onnx');
    await writeFile(graphPath, writeCalibrationGraph(network, size, weights));
    await writeFile(join(place, weights.file), weights.toBytes());
    const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
    try {
      const inputOf = createPictureInput(size, view);
      const hash = createHash('sha256');
      const peaks = new Float32Array(session.classes);
      for (const name of names) {
        const bytes = await readFile(join(folder, name));
        hash.update(bytes);
        const seen = await session.run(inputOf(name, bytes));
        for (const [at, peak] of seen.entries()) peaks[at] = Math.max(peaks[at] ?? 0, peak);
      }
      return { ranges: rangesFrom(network, peaks), images: names.length, sha256: hash.digest('hex') };
    } finally {
      await session.close();
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The ranges as they lie, readable, beside the graphs that were made with them. */
export function describeCalibration({ ranges, images, sha256 }: Calibration): Uint8Array {
  const layers = Object.fromEntries(
    [...ranges].map(([name, { input, output }]) => [name, { input: Array.from(input), output: Array.from(output) }]),
  );
  // One line a list of channels.
  const text = JSON.stringify({ method: 'min-max', images, sha256, layers }, null, 1).replace(/\[[^\]]*\]/g, (list) =>
    list.replace(/\s+/g, ' '),
  );
  return Buffer.from(`${text}\n`);
}

function spaced(names: readonly string[], most: number): string[] {
  if (names.length <= most) return [...names];
  return names.filter(
    (_, at) => Math.floor((at * most) / names.length) !== Math.floor(((at - 1) * most) / names.length),
  );
}
