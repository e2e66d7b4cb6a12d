import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import { channelsFirst, channelsLast, convolution, mapConvolution } from './convolution.js';
import { gramAttention, prefersGram } from './gram-attention.js';
import type { GraphContext } from './graph-context.js';
import { affine, layerNorm, type MapSize, mlp, tokensOf, toMap, toTokens } from './layers.js';
import { linear } from './linear.js';
import type { AttentionBlock } from './network.js';
import { positionalEncoding } from './positions.js';
import { precisionOf } from './precision.js';

/** The floor of torch.nn.functional.normalize. */
const MIN_LENGTH = 1e-12;

/** Split depth-wise transpose attention: a cascade of 3x3 convolutions, attention between channels, an MLP. */
export function attentionBlock(context: GraphContext, map: Value, block: AttentionBlock, size: MapSize): Value {
  const { graph } = context;
  const { name } = block;
  const channels = block.project.outputs;
  const convolved = cascade(context, map, block, size);
  const tokens = toTokens(graph, `${name}.joined`, convolved, size, channels);
  const trunk = enterTrunk(graph, tokens, block, size);
  const attended = attend(context, layerNorm(context, `${name}.norm_xca`, trunk, block.norm), trunk, block, size);
  const after = toMap(graph, `${name}.attended`, attended, size, channels);
  return graph.node('Add', `${name}.out`, [map, mlp(context, name, after, block.mlp, size)]);
}

/** Attention of the (normalised) tokens, added to the trunk. */
function attend(context: GraphContext, tokens: Value, trunk: Value, block: AttentionBlock, size: MapSize): Value {
  if (prefersGram(context, block, size)) return gramAttention(context, tokens, trunk, block, size);
  const attended = crossCovariance(context, tokens, block, size);
  return context.graph.node('Add', `${block.name}.attended`, [trunk, attended]);
}

/** Each part of the channels but the last is convolved, after the convolved part before it was added. Map to map. */
function cascade(context: GraphContext, map: Value, block: AttentionBlock, size: MapSize): Value {
  const { graph, precisions, observeConvolution } = context;
  const { name, widths, convs } = block;
  const isFloat = convs.every((conv) => precisionOf(precisions, conv.name) === 'float32');
  // In float32 the map is turned once for all parts.
  const isTurned = isFloat && !observeConvolution;
  const whole = isTurned ? channelsFirst(graph, name, map) : map;
  const attributes = { axis: isTurned ? 1n : 3n };
  const parts = graph.nodeOf(widths.length, 'Split', `${name}.parts`, [whole, graph.whole(...widths)], { attributes });
  const convolved: Value[] = [];
  convs.forEach((conv, part) => {
    const before = convolved.at(-1);
    const input = before ? graph.node('Add', `${name}.cascade.${part}`, [before, parts[part]!]) : parts[part]!;
    convolved.push(isTurned ? convolution(graph, input, conv) : mapConvolution(context, input, conv, size));
  });
  const joined = graph.node('Concat', `${name}.joined`, [...convolved, parts.at(-1)!], { attributes });
  return isTurned ? channelsLast(graph, name, joined) : joined;
}

function enterTrunk(
  graph: GraphBuilder,
  tokens: Value,
  { name, trunk, position }: AttentionBlock,
  size: MapSize,
): Value {
  const normalised = trunk ? affine(graph, `${name}.norm_xca`, tokens, trunk) : tokens;
  if (!position) return normalised;
  const encoding = positionalEncoding(position, size.height, size.width);
  const constant = graph.constant(`${name}.positions`, float32([tokensOf(size), position.outputs], encoding));
  return graph.node('Add', `${name}.positioned`, [normalised, constant]);
}

/**
 * Attention between the channels of a head, [d, d]. The L2 norms of the rows of q and k over all tokens divide that small
 * matrix instead of the large ones, which is the same.
 */
function crossCovariance(context: GraphContext, tokens: Value, block: AttentionBlock, size: MapSize): Value {
  const { graph } = context;
  const { heads, qkv } = block;
  const name = `${block.name}.xca`;
  const channels = qkv.inputs;
  const width = channels / heads;
  const count = tokensOf(size);

  const projected = linear(context, tokens, qkv);
  const byHead = graph.node('Reshape', `${name}.by_head`, [projected, graph.whole(count, 3 * heads, width)]);
  const headsFirst = graph.node('Transpose', `${name}.heads_first`, [byHead], { attributes: { perm: ints(1, 0, 2) } });
  const thirds = graph.whole(heads, heads, heads);
  const [q, k, v] = graph.nodeOf(3, 'Split', `${name}.parts`, [headsFirst, thirds], { attributes: { axis: 0n } });

  const products = graph.node('FusedMatMul', `${name}.products`, [q!, k!], {
    domain: CONTRIB,
    attributes: { transA: 1n },
  });
  const least = graph.constant(`${name}.min_length`, float32([], [MIN_LENGTH]));
  const lengths = (part: string, value: Value) => {
    const attributes = { axes: ints(1), keepdims: 1n };
    const length = graph.node('ReduceL2', `${name}.${part}.length`, [value], { attributes });
    return graph.node('Max', `${name}.${part}.divisor`, [length, least]);
  };
  const temperature = graph.constant(`${name}.temperature`, float32([heads, 1, 1], block.temperature));
  const rows = graph.node('Reshape', `${name}.q.column`, [lengths('q', q!), graph.whole(heads, width, 1)]);
  const factors = graph.node('Div', `${name}.q.factor`, [temperature, rows]);
  const cosines = graph.node('Div', `${name}.cosines`, [products, lengths('k', k!)]);
  const scaled = graph.node('Mul', `${name}.scaled`, [cosines, factors]);
  const attention = graph.node('Softmax', `${name}.attention`, [scaled], { attributes: { axis: -1n } });

  const mixed = graph.node('FusedMatMul', `${name}.mixed`, [v!, attention], {
    domain: CONTRIB,
    attributes: { transB: 1n },
  });
  const back = graph.node('Transpose', `${name}.tokens_first`, [mixed], { attributes: { perm: ints(1, 0, 2) } });
  const merged = graph.node('Reshape', `${name}.merged`, [back, graph.whole(count, channels)]);
  return linear(context, merged, block.project);
}
