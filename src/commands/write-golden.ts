import type { View } from '../frame.js';
import type { Manifest, Rung } from '../model/manifest.js';
import type { PackageWriter } from '../model/package-writer.js';
import { bestOf, type GoldenPicture, scorePictures } from './golden-scores.js';

/** Puts pictures into a package whose graphs are written, with the scores of the first graph of each rung. */
export async function writeGolden(
  writer: PackageWriter,
  rungs: readonly Rung[],
  view: View,
  labels: readonly string[],
  pictures: readonly GoldenPicture[],
): Promise<Manifest['golden']> {
  const golden: Manifest['golden'] = [];
  for (const { name, bytes, scores } of await scorePictures(writer.folder, rungs, view, pictures)) {
    const file = `golden/${name}`;
    await writer.add(file, bytes);
    golden.push({ file, label: labels[bestOf(scores)] ?? '', scores });
  }
  return golden;
}
