import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OrtSession, openSession } from '../infer/ort-session.js';
import { SharedWeights } from '../onnx/shared-weights.js';

/** Loads a graph that is needed only during a build. */
export async function withTemporaryGraph<T>(
  write: (weights: SharedWeights) => Uint8Array,
  use: (session: OrtSession) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'edgenextd-'));
  try {
    const weights = new SharedWeights('graph.weights');
    const graphPath = join(folder, 'graph.onnx');
    await writeFile(graphPath, write(weights));
    await writeFile(join(folder, weights.file), weights.toBytes());
    return await withGraph(graphPath, use);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One thread, so that the answers are the same on every run. */
export async function withGraph<T>(graphPath: string, use: (session: OrtSession) => Promise<T>): Promise<T> {
  const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
