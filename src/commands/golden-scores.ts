import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationError } from '../errors.js';
import type { View } from '../frame.js';
import { openSession } from '../infer/ort-session.js';
import type { Rung } from '../model/manifest.js';
import { pictureFormatOf } from '../prepare/picture-format.js';
import { createPreparer, type Preparer } from '../prepare/prepare.js';

export interface GoldenPicture {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Every JPEG, PNG and PPM of a folder by name. Throws `golden-empty`, `golden-unreadable`. */
export async function readGoldenPictures(folder: string): Promise<GoldenPicture[]> {
  const names = await readdir(folder).catch((cause) => {
    throw configurationError(
      'golden-unreadable',
      `--golden ${folder} can't be read: ${String(cause)}`,
      { folder },
      cause,
    );
  });
  const pictures: GoldenPicture[] = [];
  for (const name of names.filter((entry) => /\.(jpe?g|png|ppm)$/i.test(entry)).sort())
    pictures.push({ name, bytes: await readFile(join(folder, name)) });
  if (pictures.length === 0)
    throw configurationError('golden-empty', `--golden ${folder} holds no .jpg, .png or .ppm file`, { folder });
  return pictures;
}

export interface ScoredPicture extends GoldenPicture {
  /** Probabilities by rung. */
  readonly scores: Readonly<Record<string, number[]>>;
}

/** The pictures with what the first graph of each rung answers to them, prepared as the daemon does. */
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
    const graphPath = join(folder, graph.file);
    const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
    try {
      const preparer = createPreparer(rung);
      for (const picture of scored)
        picture.scores[rung.id] = softmax(await session.run(inputOf(preparer, view, picture)));
    } finally {
      await session.close();
    }
  }
  return scored;
}

/** The class that the first rung holds for the best. */
export function bestOf(scores: ScoredPicture['scores']): number {
  const [first = []] = Object.values(scores);
  return first.indexOf(Math.max(...first));
}

function inputOf(preparer: Preparer, view: View, { name, bytes }: GoldenPicture): Uint8Array {
  const format = pictureFormatOf(bytes);
  if (!format) throw configurationError('golden-unreadable', `${name} is no JPEG, PNG or PPM picture`, { name });
  let input: Uint8Array = new Uint8Array();
  preparer.prepare({ format, data: bytes }, [view], (_, prepared) => {
    input = prepared;
  });
  return input;
}

/** Rounded to six places, so that a manifest stays readable. */
function softmax(logits: Float32Array): number[] {
  const peak = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - peak));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => Number((power / sum).toFixed(6)));
}
