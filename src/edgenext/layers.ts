import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import type { Affine, Convolution, LayerNorm, Linear, Mlp } from './network.js';
import { NORM_EPSILON } from './variants.js';

/**
 * The pieces that every EdgeNeXt graph is made of. Activations are [tokens, channels], a token being a position of the map
 * in row-major order; only depth-wise convolutions see a map.
 */

/** Height and width of a feature map. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

export const tokensOf = ({ height, width }: MapSize): number => height * width;

export function linear(graph: GraphBuilder, tokens: Value, layer: Linear): Value {
  const weight = graph.constant(`${layer.name}.weight`, float32([layer.inputs, layer.outputs], layer.weight));
  const bias = graph.constant(`${layer.name}.bias`, float32([layer.outputs], layer.bias));
  return graph.node('Gemm', layer.name, [tokens, weight, bias]);
}

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

/** Norm, expansion, activation, projection; without the residual. */
export function mlp(
  graph: GraphBuilder,
  name: string,
  tokens: Value,
  { norm, expand, activation, project }: Mlp,
): Value {
  const hidden = linear(graph, layerNorm(graph, `${name}.norm`, tokens, norm), expand);
  const active =
    activation === 'gelu'
      ? graph.node('Gelu', `${name}.gelu`, [hidden], { domain: CONTRIB })
      : graph.node('HardSwish', `${name}.hardswish`, [hidden]);
  return linear(graph, active, project);
}

/** Channels first, for the float32 convolutions: [tokens, channels] to [1, channels, height, width]. */
export function toMap(graph: GraphBuilder, name: string, tokens: Value, size: MapSize, channels: number): Value {
  const map = graph.node('Reshape', `${name}.nhwc`, [tokens, graph.whole(1, size.height, size.width, channels)]);
  return graph.node('Transpose', `${name}.nchw`, [map], { attributes: { perm: ints(0, 3, 1, 2) } });
}

/** And back. */
export function toTokens(graph: GraphBuilder, name: string, map: Value, size: MapSize, channels: number): Value {
  const last = graph.node('Transpose', `${name}.channels_last`, [map], { attributes: { perm: ints(0, 2, 3, 1) } });
  return graph.node('Reshape', `${name}.tokens`, [last, graph.whole(tokensOf(size), channels)]);
}

/** A convolution of a channels-first map. */
export function convolution(graph: GraphBuilder, map: Value, conv: Convolution): Value {
  const { name, kernel, padding, stride } = conv;
  const shape = [conv.outputs, conv.inputs / conv.groups, kernel, kernel];
  const weight = graph.constant(`${name}.weight`, float32(shape, conv.weight));
  const bias = graph.constant(`${name}.bias`, float32([conv.outputs], conv.bias));
  const attributes = {
    kernel_shape: ints(kernel, kernel),
    strides: ints(stride, stride),
    pads: ints(padding, padding, padding, padding),
    group: BigInt(conv.groups),
  };
  return graph.node('Conv', name, [map, weight, bias], { attributes });
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
