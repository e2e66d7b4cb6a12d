import { ints } from '../onnx/attributes.js';
import { CONTRIB, type Value } from '../onnx/graph-builder.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import { newGraph, writeBody } from './graph.js';
import { type MapSize, tokensOf } from './layers.js';
import type { Convolution, Linear, Network } from './network.js';
import { channelsOf } from './ranges.js';

/**
 * Graphs that answer with a picture's activations, or statistics of them, instead of logits. Statistics where they are
 * enough: then no activation leaves the runtime. Their one output is float32 [1, values].
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
  const observeConvolution = ({ name }: Convolution, _: MapSize, from: Value, to: Value) => {
    peakOf(`${name}.in`, from);
    peakOf(`${name}.out`, to);
  };
  writeBody({ ...FLOAT32, graph, observeConvolution }, network, input);
  const all = graph.node('Concat', 'peaks', peaks, { attributes: { axis: 0n } });
  graph.output(graph.node('Unsqueeze', 'answer', [all, graph.whole(0)]), 'float32', [1, channelsOf(network)]);
  return graph.encode({});
}

export interface ObservedMap {
  readonly tokens: number;
  readonly channels: number;
}

export interface MapGraph {
  readonly bytes: Uint8Array;
  /** In the order of the answer. */
  readonly maps: readonly ObservedMap[];
}

/** Input and output themselves of each depth-wise convolution, channels last, one map after the other: for one picture only. */
export function writeMapGraph(network: Network, input: MapSize, weights: SharedWeights): MapGraph {
  const graph = newGraph(network, input, weights);
  const maps: ObservedMap[] = [];
  const parts: Value[] = [];
  const take = (name: string, map: Value, tokens: number, channels: number) => {
    maps.push({ tokens, channels });
    parts.push(graph.node('Reshape', `${name}.flat`, [map, graph.whole(tokens * channels)]));
  };
  const observeConvolution = (conv: Convolution, size: MapSize, from: Value, to: Value) => {
    take(`${conv.name}.in`, from, tokensOf(size), conv.inputs);
    take(`${conv.name}.out`, to, tokensOf(size) / conv.stride ** 2, conv.outputs);
  };
  writeBody({ ...FLOAT32, graph, observeConvolution }, network, input);
  const all = graph.node('Concat', 'maps', parts, { attributes: { axis: 0n } });
  const values = maps.reduce((sum, { tokens, channels }) => sum + tokens * channels, 0);
  graph.output(graph.node('Unsqueeze', 'answer', [all, graph.whole(0)]), 'float32', [1, values]);
  return { bytes: graph.encode({}), maps };
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
