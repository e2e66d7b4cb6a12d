import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import type { GraphContext } from './graph-context.js';
import { linear } from './linear.js';
import type { Affine, LayerNorm, Mlp } from './network.js';
import { precisionOf } from './precision.js';
import { NORM_EPSILON } from './variants.js';

/**
 * The pieces that every EdgeNeXt graph is made of. The residual stream is a map, [1, height, width, channels]; `tokens` are
 * the same numbers as [height * width, channels], which float32 matrix products want. Int8 products take either, so a
 * block without a float32 layer needs no change of shape: each would cost a few microseconds.
 */

/** Height and width of a feature map. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

export const tokensOf = ({ height, width }: MapSize): number => height * width;

/** Takes any shape, but tokens where the norm is one of `length`. */
export function layerNorm(context: GraphContext, name: string, value: Value, norm: LayerNorm | null): Value {
  if (!norm) return value;
  const { graph } = context;
  if (norm.kind === 'length') {
    const centred = norm.centre ? linear(context, value, norm.centre) : value;
    const divided = graph.node('LpNormalization', name, [centred], { attributes: { axis: -1n, p: 2n } });
    return norm.after ? linear(context, divided, norm.after) : divided;
  }
  const constants = [graph.constant(`${name}.scale`, float32([norm.scale.length], norm.scale))];
  if (norm.bias) constants.push(graph.constant(`${name}.bias`, float32([norm.bias.length], norm.bias)));
  const attributes = { axis: -1n, epsilon: NORM_EPSILON.layer };
  return graph.node('LayerNormalization', name, [value, ...constants], { attributes });
}

export function affine(graph: GraphBuilder, name: string, tokens: Value, { scale, bias }: Affine): Value {
  const factor = graph.constant(`${name}.scale`, float32([scale.length], scale));
  const summand = graph.constant(`${name}.bias`, float32([bias.length], bias));
  return graph.node('Add', name, [graph.node('Mul', `${name}.scaled`, [tokens, factor]), summand]);
}

/** Norm, expansion, activation, projection; without the residual. Takes and gives a map. */
export function mlp(context: GraphContext, name: string, map: Value, layers: Mlp, size: MapSize): Value {
  const { graph, precisions } = context;
  const channels = layers.project.outputs;
  const needsTokens =
    layers.norm?.kind === 'length' ||
    [layers.expand, layers.project].some((layer) => precisionOf(precisions, layer.name) === 'float32');
  const input = needsTokens ? toTokens(graph, name, map, size, channels) : map;
  const hidden = linear(context, layerNorm(context, `${name}.norm`, input, layers.norm), layers.expand);
  const active =
    layers.activation === 'gelu'
      ? graph.node('Gelu', `${name}.gelu`, [hidden], { domain: CONTRIB })
      : graph.node('HardSwish', `${name}.hardswish`, [hidden]);
  const output = linear(context, active, layers.project);
  return needsTokens ? toMap(graph, name, output, size, channels) : output;
}

export function toTokens(graph: GraphBuilder, name: string, map: Value, size: MapSize, channels: number): Value {
  return graph.node('Reshape', `${name}.tokens`, [map, graph.whole(tokensOf(size), channels)]);
}

export function toMap(graph: GraphBuilder, name: string, tokens: Value, size: MapSize, channels: number): Value {
  return graph.node('Reshape', `${name}.map`, [tokens, graph.whole(1, size.height, size.width, channels)]);
}

/** Every patch x patch square of a channels-last map as one token of patch * patch * channels numbers. */
export function patches(
  graph: GraphBuilder,
  name: string,
  map: Value,
  size: MapSize,
  channels: number,
  patch: number,
): Value {
  const [rows, columns, width] = [size.height / patch, size.width / patch, patch * channels];
  const split = graph.node('Reshape', `${name}.split`, [map, graph.whole(rows, patch, columns, width)]);
  const swapped = graph.node('Transpose', `${name}.gathered`, [split], { attributes: { perm: ints(0, 2, 1, 3) } });
  return graph.node('Reshape', `${name}.patches`, [swapped, graph.whole(rows * columns, patch * width)]);
}
