import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { modelError } from '../errors.js';
import type { ModelIdentity } from '../frame.js';
import { checkManifest } from './check-manifest.js';
import type { Graph, Manifest, ModelPackage, Rung } from './manifest.js';

/**
 * model/: packages. A package is a folder with a manifest.json and the files it names.
 *
 *   manifest         what a manifest says           check-manifest   and what it must not
 *   package          reading and verifying          package-writer   writing, all or nothing
 *
 * Promises: a package that was read is whole: every file has the size and sha-256 of the manifest and lies inside the
 * folder. Slow here means a slow disk: everything is hashed once, streamed. Test it with a folder in a temporary place.
 */
export const MANIFEST_FILE = 'manifest.json';

/**
 * Reads and verifies a package.
 * @throws model errors `package-missing`, `manifest-invalid` (all problems at once), `package-corrupt` (all files at once).
 */
export async function readPackage(folder: string): Promise<ModelPackage> {
  const bytes = await readFile(join(folder, MANIFEST_FILE)).catch((cause) => {
    throw modelError(
      'package-missing',
      `${folder} is no model package: it has no readable ${MANIFEST_FILE}`,
      { folder },
      cause,
    );
  });
  const manifest = parseManifest(bytes, folder);
  const problems = await findDamage(folder, manifest);
  if (problems.length > 0)
    throw modelError(
      'package-corrupt',
      `model package ${folder} is damaged; fetch or build it again:${problems.map((problem) => `\n  ${problem}`).join('')}`,
      { folder, problems },
    );
  return { folder, manifest, digest: createHash('sha256').update(bytes).digest('hex') };
}

export interface ChosenGraph {
  readonly rung: Rung;
  readonly graph: Graph;
  /** Absolute if the package's folder is. */
  readonly graphPath: string;
  readonly identity: ModelIdentity;
}

/** A graph of the package by its ids; left out: the first rung, its first graph. Throws `rung-unknown`, `graph-unknown`. */
export function chooseGraph(model: ModelPackage, rungId?: string, graphId?: string): ChosenGraph {
  const { rungs, name } = model.manifest;
  const rung = pick(rungs, rungId, 'rung-unknown', `model ${name} has no rung ${rungId}`);
  const graph = pick(rung.graphs, graphId, 'graph-unknown', `rung ${rung.id} of model ${name} has no graph ${graphId}`);
  return { rung, graph, graphPath: join(model.folder, graph.file), identity: identityOf(model, rung, graph) };
}

function identityOf({ manifest, digest }: ModelPackage, rung: Rung, graph: Graph): ModelIdentity {
  return { name: manifest.name, version: manifest.version, digest, rung: rung.id, graph: graph.id };
}

function pick<T extends { readonly id: string }>(
  list: readonly T[],
  id: string | undefined,
  code: string,
  problem: string,
): T {
  const found = id === undefined ? list[0] : list.find((entry) => entry.id === id);
  if (found) return found;
  const known = list.map((entry) => entry.id);
  throw modelError(code, `${problem}; it has ${known.join(', ')}`, { id, known });
}

function parseManifest(bytes: Uint8Array, folder: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(folder, [`it is not JSON: ${String(cause)}`]);
  }
  const checked = checkManifest(value);
  if (!checked.ok) throw invalid(folder, checked.problems);
  return checked.manifest;
}

function invalid(folder: string, problems: readonly string[]) {
  const list = problems.map((problem) => `\n  ${problem}`).join('');
  return modelError('manifest-invalid', `${join(folder, MANIFEST_FILE)} can't be used:${list}`, { folder, problems });
}

async function findDamage(folder: string, manifest: Manifest): Promise<string[]> {
  const root = await realpath(folder);
  const problems: string[] = [];
  for (const { path, size, sha256 } of manifest.files) {
    const file = join(root, path);
    const found = await lstat(file).catch(() => null);
    if (!found) problems.push(`${path}: missing`);
    else if (!found.isFile() || !(await realpath(file)).startsWith(root + sep))
      problems.push(`${path}: not a plain file inside the package`);
    else if (found.size !== size) problems.push(`${path}: ${found.size} bytes, expected ${size}`);
    else if ((await sha256Of(file)) !== sha256) problems.push(`${path}: sha-256 differs`);
  }
  return problems;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
