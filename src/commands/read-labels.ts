import { readFile } from 'node:fs/promises';
import { configurationError } from '../errors.js';

/** Names from a text file, one a line; empty lines are passed over. Throws `labels-unreadable`. */
export async function readNames(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw configurationError('labels-unreadable', `labels ${path}: ${String(cause)}`, { path }, cause);
  });
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * Class names from a text file, one a line, as many as the checkpoint has classes. Without a file those that the
 * checkpoint's repository names, else `class-0` and so on.
 */
export async function readLabels(
  path: string | undefined,
  classes: number,
  stated?: readonly string[] | null,
): Promise<string[]> {
  if (path === undefined && stated)
    return checkLabels(stated, classes, "the repository's config.json; name others with --labels FILE");
  if (path === undefined) return Array.from({ length: classes }, (_, index) => `class-${index}`);
  const labels = await readNames(path);
  return checkLabels(labels, classes, path);
}

function checkLabels(labels: readonly string[], classes: number, path: string): string[] {
  const twice = labels.filter((label, index) => labels.indexOf(label) !== index);
  if (labels.length === classes && twice.length === 0) return [...labels];
  throw configurationError(
    'labels-mismatch',
    `labels ${path}: expected ${classes} different names, one a line, as the checkpoint has classes; found ${labels.length}` +
      (twice.length > 0 ? `, of which ${[...new Set(twice)].join(', ')} more than once` : ''),
    { path, expected: classes, found: labels.length, twice },
  );
}
