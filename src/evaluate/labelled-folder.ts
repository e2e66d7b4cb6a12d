import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationError } from '../errors.js';

export interface LabelledPicture {
  readonly path: string;
  /** Relative to the folder. */
  readonly name: string;
  /** Index of its class in the order of the network's outputs. */
  readonly truth: number;
}

export interface LabelledFolder {
  readonly pictures: readonly LabelledPicture[];
  /** Classes of the folder that the network does not know, with their number of pictures, which are left out. */
  readonly unknown: ReadonlyMap<string, number>;
}

export interface FolderNames {
  /** What the folder calls the network's classes, in the order of the outputs. */
  readonly classes: readonly string[];
  /** The names that the numbers in labels.tsv stand for. */
  readonly numbered: readonly string[];
}

const LABELS_FILE = 'labels.tsv';
const PICTURE = /\.(jpe?g|png|ppm)$/i;

/**
 * Pictures with their classes: from `labels.tsv` (lines of file, tab, class number from 0 or class name), else from
 * sub-folders that bear the names of classes. In the order of the names: the same folder is always read the same way.
 * @throws configuration errors `folder-unreadable`, `labels-invalid` (with its line), `folder-without-labels`.
 */
export async function readLabelledFolder(folder: string, names: FolderNames): Promise<LabelledFolder> {
  const entries = await listFolder(folder);
  const found = entries.some(({ name }) => name === LABELS_FILE)
    ? await fromTable(folder, names.numbered)
    : await fromSubFolders(folder, entries);
  const indices = new Map(names.classes.map((name, index) => [name, index]));
  const pictures: LabelledPicture[] = [];
  const unknown = new Map<string, number>();
  for (const { name, label } of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const truth = indices.get(label);
    if (truth === undefined) unknown.set(label, (unknown.get(label) ?? 0) + 1);
    else pictures.push({ path: join(folder, name), name, truth });
  }
  if (pictures.length === 0) throw withoutLabels(folder, names.classes, [...unknown.keys()]);
  return { pictures, unknown };
}

/** Every picture file in the folder and below it, by name. @throws configuration errors `folder-unreadable`, `folder-empty`. */
export async function readPictureFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const pictures = names.filter((name) => PICTURE.test(name)).sort();
  if (pictures.length > 0) return pictures.map((name) => join(folder, name));
  throw configurationError('folder-empty', `${folder} holds no .jpg, .png or .ppm file`, { folder });
}

interface NamedPicture {
  readonly name: string;
  readonly label: string;
}

async function fromTable(folder: string, numbered: readonly string[]): Promise<NamedPicture[]> {
  const text = await readFile(join(folder, LABELS_FILE), 'utf8');
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1 }));
  return lines
    .filter(({ line }) => line.trim() !== '')
    .map(({ line, number }) => {
      const [name = '', label = '', ...more] = line.split('\t').map((part) => part.trim());
      const known = /^\d+$/.test(label) && !numbered.includes(label) ? numbered[Number(label)] : label;
      if (name !== '' && known !== undefined && known !== '' && more.length === 0) return { name, label: known };
      throw configurationError(
        'labels-invalid',
        `${join(folder, LABELS_FILE)}:${number}: expected a file, a tab and a class (a name, or a number below ${numbered.length}), ` +
          `received ${JSON.stringify(line)}`,
        { folder, line: number },
      );
    });
}

async function fromSubFolders(
  folder: string,
  entries: Awaited<ReturnType<typeof listFolder>>,
): Promise<NamedPicture[]> {
  const found: NamedPicture[] = [];
  for (const { name: label } of entries.filter((entry) => entry.isDirectory())) {
    const names = await readdir(join(folder, label), { recursive: true });
    found.push(...names.filter((name) => PICTURE.test(name)).map((name) => ({ name: join(label, name), label })));
  }
  return found;
}

function listFolder(folder: string) {
  return readdir(folder, { withFileTypes: true }).catch((cause) => {
    throw unreadable(folder, cause);
  });
}

const unreadable = (folder: string, cause: unknown) =>
  configurationError('folder-unreadable', `folder ${folder} can't be read: ${String(cause)}`, { folder }, cause);

function withoutLabels(folder: string, classes: readonly string[], found: readonly string[]) {
  const few = (names: readonly string[]) => `${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}`;
  return configurationError(
    'folder-without-labels',
    `${folder}: expected ${LABELS_FILE} or sub-folders named like classes of the model (${few(classes)}); ` +
      `found ${found.length === 0 ? 'no picture in either' : `pictures of ${few(found)}`}. Where the folder has other names for the same classes, give them with --names`,
    { folder, found },
  );
}
