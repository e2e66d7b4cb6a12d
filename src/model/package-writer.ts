import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { bugError, configurationError } from '../errors.js';
import { checkManifest } from './check-manifest.js';
import type { Manifest, ModelPackage } from './manifest.js';
import { MANIFEST_FILE, readPackage } from './package.js';

/** A manifest but for the list of files, which the writer keeps. */
export type ManifestDraft = Omit<Manifest, 'files' | 'schema'>;

/** Writes a package: everything goes into a hidden folder beside the target, and only `finish` makes it the package. */
export interface PackageWriter {
  /** Where the files lie meanwhile. */
  readonly folder: string;
  add(path: string, bytes: Uint8Array): Promise<void>;
  /** Writes the manifest, makes all of it durable and puts it in place of what was there. Same input, same bytes. */
  finish(draft: ManifestDraft): Promise<ModelPackage>;
  /** Removes what was written, if it was not finished. */
  discard(): Promise<void>;
}

/**
 * @throws configuration error `output-exists` when the target is there and is no package: only packages are replaced;
 * `output-unwritable` when its parent folder can't be written.
 */
export async function createPackageWriter(target: string): Promise<PackageWriter> {
  const output = resolve(target);
  const parent = dirname(output);
  await refuseForeign(output);
  const folder = await mkdir(parent, { recursive: true })
    .then(() => mkdtemp(join(parent, `.${basename(output)}-`)))
    .catch((cause) => {
      throw configurationError('output-unwritable', `${parent} can't be written: ${String(cause)}`, { parent }, cause);
    });
  const files: Manifest['files'] = [];

  return {
    folder,
    async add(path, bytes) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeDurably(join(folder, path), bytes);
      files.push({ path, size: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex') });
    },
    async finish(draft) {
      files.sort((a, b) => (a.path < b.path ? -1 : 1));
      const checked = checkManifest({ schema: 1, ...draft, files });
      if (!checked.ok)
        throw bugError('manifest-written-wrong', checked.problems.join('; '), { problems: checked.problems });
      // zod gives the keys in the order of the schema: the bytes don't depend on the order in the draft.
      await writeDurably(join(folder, MANIFEST_FILE), Buffer.from(`${JSON.stringify(checked.manifest, null, 2)}\n`));
      // mkdtemp makes folders that only their owner can read.
      await chmod(folder, 0o755);
      await syncFolder(folder);
      await putInPlace(folder, output);
      return readPackage(output);
    },
    discard: () => rm(folder, { recursive: true, force: true }),
  };
}

async function refuseForeign(output: string): Promise<void> {
  const there = await lstat(output).catch(() => null);
  if (!there || (await lstat(join(output, MANIFEST_FILE)).catch(() => null))) return;
  throw configurationError('output-exists', `${output} exists and is no model package; name another place with --out`, {
    output,
  });
}

/** A reader sees the old package or the new one; for a moment in between, none. */
async function putInPlace(folder: string, output: string): Promise<void> {
  const old = `${folder}-old`;
  const replaced = await rename(output, old).then(
    () => true,
    () => false,
  );
  await rename(folder, output);
  await syncFolder(dirname(output));
  if (replaced) await rm(old, { recursive: true });
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
