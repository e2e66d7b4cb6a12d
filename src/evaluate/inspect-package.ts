import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Graph, Manifest, ModelPackage, Rung } from '../model/manifest.js';
import { readModel } from '../onnx/read-model.js';
import { type WeightedLayer, weightedLayers } from '../onnx/weighted-layers.js';

interface GraphInspection extends Pick<Graph, 'id' | 'file' | 'quality'> {
  /** Graph and weights; weights that other graphs share count for each. */
  readonly bytes: number;
  readonly opset: number;
  readonly irVersion: number;
  /** How many nodes of each operator. */
  readonly operators: Readonly<Record<string, number>>;
  readonly layers: {
    readonly all: readonly WeightedLayer[];
    /** Of the weights, by precision, the largest first. */
    readonly shares: Readonly<Record<string, number>>;
  };
}

interface RungInspection extends Omit<Rung, 'graphs'> {
  readonly graphs: readonly GraphInspection[];
  /** Every layer by name, with its precision in each graph; null where that graph has none of the name. */
  readonly layers: readonly {
    readonly name: string;
    readonly dims: readonly number[];
    readonly precisions: readonly (WeightedLayer['precision'] | null)[];
  }[];
}

export interface PackageInspection {
  readonly manifest: Manifest;
  readonly digest: string;
  readonly rungs: readonly RungInspection[];
}

/** What the graphs themselves say, beside what the manifest says of them. Throws `onnx-unreadable`. */
export async function inspectPackage({ folder, manifest, digest }: ModelPackage): Promise<PackageInspection> {
  const rungs: RungInspection[] = [];
  for (const { graphs, ...rung } of manifest.rungs) {
    const inspected: GraphInspection[] = [];
    for (const graph of graphs) inspected.push(await inspectGraph(folder, graph));
    rungs.push({ ...rung, graphs: inspected, layers: byLayer(inspected) });
  }
  return { manifest, digest, rungs };
}

async function inspectGraph(folder: string, { id, file, weights, quality }: Graph): Promise<GraphInspection> {
  const model = readModel(await readFile(join(folder, file)), file);
  const nodes = model.graph?.node ?? [];
  const operators: Record<string, number> = {};
  for (const { opType } of nodes) operators[opType] = (operators[opType] ?? 0) + 1;
  let bytes = 0;
  for (const path of [file, ...weights]) bytes += (await stat(join(folder, path))).size;
  const all = model.graph ? weightedLayers(model.graph) : [];
  const opset = Number(model.opsetImport.find(({ domain }) => domain === '')?.version ?? 0n);
  const irVersion = Number(model.irVersion);
  return { id, file, quality, bytes, opset, irVersion, operators, layers: { all, shares: sharesOf(all) } };
}

function sharesOf(layers: readonly WeightedLayer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const layer of layers) counts[layer.precision] = (counts[layer.precision] ?? 0) + elements(layer);
  const total = layers.reduce((sum, layer) => sum + elements(layer), 0);
  const largestFirst = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return Object.fromEntries(largestFirst.map(([precision, count]) => [precision, count / total]));
}

const elements = ({ dims }: WeightedLayer): number => dims.reduce((product, dim) => product * dim, 1);

function byLayer(graphs: readonly GraphInspection[]): RungInspection['layers'] {
  const known = graphs.map(({ layers }) => new Map(layers.all.map((layer) => [layer.name, layer])));
  const names = new Map(graphs.flatMap(({ layers }) => layers.all.map(({ name, dims }) => [name, dims] as const)));
  return [...names].map(([name, dims]) => ({
    name,
    dims,
    precisions: known.map((layers) => layers.get(name)?.precision ?? null),
  }));
}
