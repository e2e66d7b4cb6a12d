import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_FOLDER } from './shared-folder.js';

const sharedPath = (path: string): string => join(SHARED_FOLDER, path);

const linesOf = (path: string): string[] => readFileSync(sharedPath(path), 'utf8').trim().split('\n');

export interface LabelledPhotograph {
  readonly path: string;
  /** Index of the class that the bundled objects model should say. */
  readonly classIndex: number;
}

/** The held-out photographs of the 26 things that the bundled objects model knows, 518 in number. */
export function heldOutObjects(): LabelledPhotograph[] {
  const trained = linesOf('checkpoints/ours/xx_small-caltech99.labels.txt');
  const known = linesOf('checkpoints/ours/xx_small-objects26.labels.txt');
  return linesOf('data/caltech99-val/labels.tsv').flatMap((line) => {
    const [file = '', index = ''] = line.split('\t');
    const classIndex = known.indexOf(trained[Number(index)] ?? '');
    return classIndex < 0 ? [] : [{ path: sharedPath(`data/caltech99-val/${file}`), classIndex }];
  });
}

/** The JPEG files of a folder, by name. */
export function jpegsOf(folder: string): string[] {
  const names = readdirSync(sharedPath(folder)).filter((name) => name.endsWith('.jpg'));
  return names.sort().map((name) => sharedPath(`${folder}/${name}`));
}
