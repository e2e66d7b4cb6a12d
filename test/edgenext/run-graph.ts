import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MapSize } from '../../src/edgenext/layers.js';
import { openSession } from '../../src/infer/ort-session.js';
import { SharedWeights } from '../../src/onnx/shared-weights.js';

/** Writes a graph, loads it, and gives its answers to the images. */
export async function runGraph(
  write: (weights: SharedWeights) => Uint8Array,
  images: readonly Uint8Array[],
): Promise<Float32Array[]> {
  const folder = await mkdtemp(join(tmpdir(), 'graph-'));
  try {
    const weights = new SharedWeights('weights.bin');
    const graphPath = join(folder, 'graph.onnx');
    await writeFile(graphPath, write(weights));
    await writeFile(join(folder, weights.file), weights.toBytes());
    const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
    const answers: Float32Array[] = [];
    for (const image of images) answers.push(Float32Array.from(await session.run(image)));
    await session.close();
    return answers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const square = (side: number): MapSize => ({ width: side, height: side });
