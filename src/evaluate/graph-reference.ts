import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configurationError } from '../errors.js';
import type { Graph, ModelPackage, Rung } from '../model/manifest.js';
import { chooseGraph, readPackage } from '../model/package.js';

/** A graph on disk: of a package, or a file by itself. */
export interface GraphReference {
  /** To tell it from others, as short as it goes. */
  readonly id: string;
  readonly graphPath: string;
  /** null: a file by itself. */
  readonly origin: { readonly model: ModelPackage; readonly rung: Rung; readonly graph: Graph } | null;
}

export interface GraphFilter {
  readonly rung?: string | undefined;
  readonly graph?: readonly string[] | undefined;
}

/**
 * What a command line names: `PACKAGE`, `PACKAGE@GRAPH`, `PACKAGE@RUNG/GRAPH` or `FILE.onnx`. A package alone stands for
 * its first graph. Throws what reading a package throws, `rung-unknown`, `graph-unknown`, `graph-missing`.
 */
export async function resolveGraph(text: string): Promise<GraphReference> {
  if (isGraphFile(text)) return fileReference(text);
  const { folder, rung, graph } = splitReference(text);
  const model = await readPackage(folder);
  return packageReference(model, chooseGraph(model, rung, graph));
}

/** The same, but a package alone stands for all of its graphs that the filter lets through. */
export async function resolveGraphs(text: string, filter: GraphFilter): Promise<GraphReference[]> {
  if (isGraphFile(text)) return [fileReference(text)];
  const { folder, rung, graph } = splitReference(text);
  if (graph !== undefined) return [await resolveGraph(text)];
  return graphsOf(await readPackage(folder), { ...filter, rung: rung ?? filter.rung });
}

/** Throws `rung-unknown`, `graph-unknown`. */
export function graphsOf(model: ModelPackage, filter: GraphFilter): GraphReference[] {
  const rungs = filter.rung === undefined ? model.manifest.rungs : [chooseGraph(model, filter.rung).rung];
  return rungs.flatMap((rung) =>
    (filter.graph ?? rung.graphs.map(({ id }) => id)).map((id) =>
      packageReference(model, chooseGraph(model, rung.id, id)),
    ),
  );
}

const isGraphFile = (text: string): boolean =>
  text.endsWith('.onnx') && statSync(text, { throwIfNoEntry: false })?.isDirectory() !== true;

function fileReference(path: string): GraphReference {
  if (existsSync(path)) return { id: basename(path), graphPath: path, origin: null };
  throw configurationError('graph-missing', `graph ${path}: no such file`, { path });
}

function packageReference(model: ModelPackage, { rung, graph }: { rung: Rung; graph: Graph }): GraphReference {
  const id = `${model.manifest.name}@${rung.id}/${graph.id}`;
  return { id, graphPath: join(model.folder, graph.file), origin: { model, rung, graph } };
}

/** A folder may have an @ in its name. */
function splitReference(text: string): { folder: string; rung?: string; graph?: string } {
  const at = text.lastIndexOf('@');
  if (at < 0 || existsSync(text)) return { folder: text };
  const [first = '', second] = text.slice(at + 1).split('/');
  const folder = text.slice(0, at);
  return second === undefined ? { folder, graph: first } : { folder, rung: first, graph: second };
}
