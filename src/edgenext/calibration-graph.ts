import { ints } from '../onnx/attributes.js';
import { CONTRIB, type Value } from '../onnx/graph-builder.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import { newGraph, writeBody } from './graph.js';
import type { MapSize } from './layers.js';
import { convolutionsOf, type Linear, type Network } from './network.js';

/**
 * Graphs that answer with statistics of a picture's activations instead of logits, so that no activation leaves the
 * runtime. Their one output is float32 [1, values].
 */
const FLOAT32 = { precisions: new Map(), ranges: new Map() };

/** The largest magnitude of every channel of input and output of each depth-wise convolution, as `convolutionsOf` lists them. */
export function writePeakGraph(network: Network, input: MapSize, weights: SharedWeights): Uint8Array {
  const graph = newGraph(network, input, weights);
  const peaks: Value[] = [];
  const peakOf = (name: string, map: Value) => {
    const magnitude = graph.node('Abs', `${name}.magnitude`, [map]);
    const attributes = { axes: ints(0, 1, 2), keepdims: 0n };
    peaks.push(graph.node('ReduceMax', `${name}.peak`, [magnitude], { attributes }));
  };
  const observeConvolution = (layer: string, from: Value, to: Value) => {
    peakOf(`${layer}.in`, from);
    peakOf(`${layer}.out`, to);
  };
  writeBody({ ...FLOAT32, graph, observeConvolution }, network, input);
  const all = graph.node('Concat', 'peaks', peaks, { attributes: { axis: 0n } });
  const values = convolutionsOf(network).reduce((sum, conv) => sum + conv.inputs + conv.outputs, 0);
  graph.output(graph.node('Unsqueeze', 'answer', [all, graph.whole(0)]), 'float32', [1, values]);
  return graph.encode({});
}

export interface MomentGraph {
  readonly bytes: Uint8Array;
  /** In the order of the answer. */
  readonly layers: readonly Linear[];
}

/**
 * Of the inputs x of every linear layer that `isWanted`: their mean, [inputs], and the sum of their products x x',
 * [inputs, inputs], one layer after the other.
 */
export function writeMomentGraph(
  network: Network,
  input: MapSize,
  weights: SharedWeights,
  isWanted: (layer: Linear) => boolean,
): MomentGraph {
  const graph = newGraph(network, input, weights);
  const layers: Linear[] = [];
  const parts: Value[] = [];
  const observeLinear = (layer: Linear, tokens: Value) => {
    if (!isWanted(layer)) return;
    layers.push(layer);
    const attributes = { axes: ints(0), keepdims: 0n };
    parts.push(graph.node('ReduceMean', `${layer.name}.mean`, [tokens], { attributes }));
    const product = { domain: CONTRIB, attributes: { transA: 1n } };
    const moments = graph.node('FusedMatMul', `${layer.name}.moments`, [tokens, tokens], product);
    parts.push(graph.node('Reshape', `${layer.name}.flat`, [moments, graph.whole(layer.inputs ** 2)]));
  };
  writeBody({ ...FLOAT32, graph, observeLinear }, network, input);
  const all = graph.node('Concat', 'statistics', parts, { attributes: { axis: 0n } });
  const values = layers.reduce((sum, { inputs }) => sum + inputs + inputs ** 2, 0);
  graph.output(graph.node('Unsqueeze', 'answer', [all, graph.whole(0)]), 'float32', [1, values]);
  return { bytes: graph.encode({}), layers };
}
