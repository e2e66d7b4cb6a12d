import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import type { GraphContext } from './graph-context.js';
import { linear } from './linear.js';
import type { Affine, LayerNorm, Linear, Mlp } from './network.js';
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

export function layerNorm(graph: GraphBuilder, name: string, tokens: Value, norm: LayerNorm | null): Value {
  if (!norm) return tokens;
  const constants = [graph.constant(`${name}.scale`, float32([norm.scale.length], norm.scale))];
  if (norm.bias) constants.push(graph.constant(`${name}.bias`, float32([norm.bias.length], norm.bias)));
  const attributes = { axis: -1n, epsilon: NORM_EPSILON.layer };
  return graph.node('LayerNormalization', name, [tokens, ...constants], { attributes });
}

export function affine(graph: GraphBuilder, name: string, tokens: Value, { scale, bias }: Affine): Value {
  const factor = graph.constant(`${name}.scale`, float32([scale.length], scale));
  const summand = graph.constant(`${name}.bias`, float32([bias.length], bias));
  return graph.node('Add', name, [graph.node('Mul', `${name}.scaled`, [tokens, factor]), summand]);
}

/** Norm, expansion, activation, projection; without the residual. Takes and gives a map. */
export function mlp(context: GraphContext, name: string, map: Value, layers: Mlp, size: MapSize): Value {
  const { graph } = context;
  const normalised = layerNorm(graph, `${name}.norm`, map, layers.norm);
  return onTokens(context, name, normalised, [layers.expand, layers.project], size, (input) => {
    const hidden = linear(context, input, layers.expand);
    const active =
      layers.activation === 'gelu'
        ? graph.node('Gelu', `${name}.gelu`, [hidden], { domain: CONTRIB })
        : graph.node('HardSwish', `${name}.hardswish`, [hidden]);
    return linear(context, active, layers.project);
  });
}

/** Runs `body` on tokens if one of its layers is float32, else on the map itself. */
function onTokens(
  { graph, precisions }: GraphContext,
  name: string,
  map: Value,
  layers: readonly Linear[],
  size: MapSize,
  body: (input: Value) => Value,
): Value {
  if (layers.every((layer) => precisionOf(precisions, layer.name) !== 'float32')) return body(map);
  const [first, last] = [layers[0]!, layers.at(-1)!];
  const tokens = graph.node('Reshape', `${name}.tokens`, [map, graph.whole(tokensOf(size), first.inputs)]);
  return graph.node('Reshape', `${name}.map`, [body(tokens), graph.whole(1, size.height, size.width, last.outputs)]);
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
