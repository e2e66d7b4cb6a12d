import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeGraph } from '../edgenext/graph.js';
import type { Int8Weights } from '../edgenext/int8-weights.js';
import type { PrecisionTable } from '../edgenext/precision.js';
import type { Ranges } from '../edgenext/ranges.js';
import { alone, type KeptFloat, keepFewest, meanDivergence, type Sensitivity } from '../edgenext/sensitivity.js';
import type { View } from '../frame.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize } from './build-options.js';
import { withTemporaryGraph } from './load-graph.js';
import { createPictureInput } from './pictures.js';
import { labelledPictures, type SplitPictures } from './split-pictures.js';
import { measureTopOne, type TopOne } from './top-one.js';

/** Nats that the probabilities may move by, in the mean: what the accurate presets cost on photographs. */
const DIVERGENCE_BOUND = 0.0001;

/** One layer shows on few pictures; the whole is measured on more. */
const PICTURES_A_LAYER = 6;
const PICTURES_A_TABLE = 32;

export interface AutoPrecision extends KeptFloat {
  readonly sensitivities: readonly Sensitivity[];
  /** Where there are labels enough. */
  readonly topOne: TopOne | null;
}

/**
 * Measures what every layer of the table costs alone, and keeps the fewest in float32 that hold the bound. Labels, where
 * enough pictures have one, say what that costs in points of top-1.
 */
export async function findAutoPrecision(
  { network, quantized }: Int8Weights,
  table: PrecisionTable,
  ranges: Ranges,
  size: InputSize,
  view: View,
  pictures: SplitPictures,
  labels: readonly string[],
): Promise<AutoPrecision> {
  const inputOf = createPictureInput(size, view);
  const inputs: Uint8Array[] = [];
  for (const name of pictures.calibrate.slice(0, PICTURES_A_TABLE))
    inputs.push(Uint8Array.from(inputOf(name, await readFile(join(pictures.folder, name)))));
  const writing = (precisions: PrecisionTable) => (weights: SharedWeights) =>
    writeGraph(network, size, weights, { precisions, ranges, quantized, metadata: {} });
  const answers = (precisions: PrecisionTable, count: number) =>
    withTemporaryGraph(writing(precisions), async (session) => {
      const logits: Float32Array[] = [];
      for (const input of inputs.slice(0, count)) logits.push(Float32Array.from(await session.run(input)));
      return logits;
    });
  const expected = await answers(new Map(), PICTURES_A_TABLE);
  const divergenceOf = async (precisions: PrecisionTable, count: number) =>
    meanDivergence(expected.slice(0, count), await answers(precisions, count));
  const sensitivities: Sensitivity[] = [];
  for (const layer of table.keys())
    sensitivities.push({ layer, divergence: await divergenceOf(alone(table, layer), PICTURES_A_LAYER) });
  const kept = await keepFewest(table, sensitivities, DIVERGENCE_BOUND, (precisions) =>
    divergenceOf(precisions, PICTURES_A_TABLE),
  );
  const labelled = await labelledPictures(pictures, labels);
  const graphs = [
    { id: 'float32', write: writing(new Map()) },
    { id: 'nothing kept', write: writing(table) },
    { id: 'kept', write: writing(kept.precisions) },
  ];
  const topOne = labelled && (await measureTopOne(graphs, size, view, labels, labelled));
  return { ...kept, sensitivities, topOne };
}

/** The measurement as it lies, readable, beside the graph. */
export function describeAutoPrecision({ sensitivities, kept, divergence, topOne }: AutoPrecision): Uint8Array {
  const layers = sensitivities.toSorted((a, b) => b.divergence - a.divergence);
  const report = {
    measure: 'mean Kullback-Leibler divergence from float32, nats',
    bound: DIVERGENCE_BOUND,
    divergence,
    kept,
    ...(topOne && { topOne }),
    layers,
  };
  return Buffer.from(`${JSON.stringify(report, null, 1)}\n`);
}
