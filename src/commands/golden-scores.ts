import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { View } from '../frame.js';
import type { Rung } from '../model/manifest.js';
import { withGraph } from './load-graph.js';
import { createPictureInput, pictureNames } from './pictures.js';

export interface GoldenPicture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Every picture of a folder by name. */
export async function readGoldenPictures(folder: string): Promise<GoldenPicture[]> {
  const names = await pictureNames('golden', folder, 'flat');
  return Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })));
}

export interface ScoredPicture extends GoldenPicture {
  /** Probabilities by rung. */
  readonly scores: Readonly<Record<string, number[]>>;
}

/** The pictures with what the first graph of each rung, which is the float32 one, answers to them. */
export async function scorePictures(
  folder: string,
  rungs: readonly Rung[],
  view: View,
  pictures: readonly GoldenPicture[],
): Promise<ScoredPicture[]> {
  const scored = pictures.map((picture) => ({ ...picture, scores: {} as Record<string, number[]> }));
  if (pictures.length === 0) return scored;
  for (const rung of rungs) {
    const [graph] = rung.graphs;
    if (!graph) continue;
    await withGraph(join(folder, graph.file), async (session) => {
      const inputOf = createPictureInput(rung, view);
      for (const { name, bytes, scores } of scored) scores[rung.id] = softmax(await session.run(inputOf(name, bytes)));
    });
  }
  return scored;
}

/** The class that the first rung holds for the best. */
export function bestOf(scores: ScoredPicture['scores']): number {
  const [first = []] = Object.values(scores);
  return first.indexOf(Math.max(...first));
}

/** Rounded to six places, so that a manifest stays readable. */
function softmax(logits: Float32Array): number[] {
  const peak = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - peak));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => Number((power / sum).toFixed(6)));
}
