import { join } from 'node:path';
import { EdgeError } from '../errors.js';
import { type LabelledPicture, readLabelledFolder } from '../evaluate/labelled-folder.js';
import { pictureNames } from './pictures.js';

export interface SplitPictures {
  readonly folder: string;
  readonly calibrate: readonly string[];
  readonly measure: readonly string[];
}

/** Each for calibrating and measuring; more change little. */
const PICTURES_AT_MOST = 128;

/**
 * Every second picture calibrates, the others measure: what was calibrated on flatters. Of many pictures some are taken at
 * even distances, so that none of the sub-folders is left out for its name.
 */
export async function splitPictures(folder: string): Promise<SplitPictures> {
  const names = await pictureNames('calibrate', folder, 'deep');
  const count = Math.min(names.length, 2 * PICTURES_AT_MOST);
  const nth = (at: number): number => Math.floor((at * count) / names.length);
  const chosen = names.filter((_, at) => nth(at) > nth(at - 1));
  const half = (odd: number) => chosen.filter((_, at) => at % 2 === odd);
  return { folder, calibrate: half(0), measure: half(1) };
}

/** Fewer tell points of top-1 from chance no better than a coin. */
const LABELLED_AT_LEAST = 2000;

/** What did not calibrate, with labels; null where the folder has none or too few of them. Throws `labels-invalid`. */
export async function labelledPictures(
  { folder, calibrate }: SplitPictures,
  labels: readonly string[],
): Promise<readonly LabelledPicture[] | null> {
  const { pictures } = await readLabelledFolder(folder, { classes: labels, numbered: labels }).catch((thrown) => {
    if (thrown instanceof EdgeError && thrown.code === 'folder-without-labels') return { pictures: [] };
    throw thrown;
  });
  if (pictures.length < LABELLED_AT_LEAST) return null;
  const seen = new Set(calibrate.map((name) => join(folder, name)));
  return pictures.filter(({ path }) => !seen.has(path));
}
