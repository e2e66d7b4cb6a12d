import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agreement } from '../evaluate/agreement.js';
import type { View } from '../frame.js';
import type { Graph, Rung } from '../model/manifest.js';
import { withGraph } from './load-graph.js';
import { createPictureInput } from './pictures.js';

/**
 * How alike the graphs of a rung answer to its first one, which is float32: share of pictures with the same best class, and
 * mean cosine of the logits. Added to each graph's quality.
 */
export async function measureAgreement(
  packageFolder: string,
  rung: Rung,
  view: View,
  folder: string,
  names: readonly string[],
): Promise<void> {
  const [reference, ...others] = rung.graphs;
  if (!reference || others.length === 0 || names.length === 0) return;
  const hash = createHash('sha256');
  for (const name of names) hash.update(await readFile(join(folder, name)));
  const data = `pictures kept out of calibration, sha-256 ${hash.digest('hex')}`;

  const answersOf = (graph: Graph) =>
    withGraph(join(packageFolder, graph.file), async (session) => {
      const inputOf = createPictureInput(rung, view);
      const answers: Float32Array[] = [];
      for (const name of names)
        answers.push(Float32Array.from(await session.run(inputOf(name, await readFile(join(folder, name))))));
      return answers;
    });
  const expected = await answersOf(reference);
  for (const graph of others) {
    const answers = await answersOf(graph);
    const agreement = new Agreement();
    for (const [at, logits] of expected.entries()) agreement.add(logits, answers[at] ?? new Float32Array());
    const { same, meanCosine } = agreement.summary();
    const measured = { images: same.of, data };
    graph.quality.push({ metric: 'agreement-with-float32', value: rounded(same.value), ...measured });
    graph.quality.push({ metric: 'cosine-to-float32', value: rounded(meanCosine), ...measured });
  }
}

const rounded = (value: number): number => Number(value.toFixed(5));
