import { ints } from '../onnx/attributes.js';
import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import { affine, convolution, layerNorm, linear, type MapSize, mlp, tokensOf, toMap, toTokens } from './layers.js';
import type { AttentionBlock } from './network.js';
import { positionalEncoding } from './positions.js';

/** The floor of torch.nn.functional.normalize. */
const MIN_LENGTH = 1e-12;

/** Split depth-wise transpose attention: a cascade of 3x3 convolutions, attention between channels, an MLP. */
export function attentionBlock(graph: GraphBuilder, tokens: Value, block: AttentionBlock, size: MapSize): Value {
  const { name } = block;
  const trunk = enterTrunk(graph, convolutionCascade(graph, tokens, block, size), block, size);
  const attended = crossCovariance(graph, layerNorm(graph, `${name}.norm_xca`, trunk, block.norm), block, size);
  const after = graph.node('Add', `${name}.attended`, [trunk, attended]);
  return graph.node('Add', `${name}.out`, [tokens, mlp(graph, name, after, block.mlp)]);
}

/** Each part but the last is convolved, after the convolved part before it was added. */
function convolutionCascade(graph: GraphBuilder, tokens: Value, block: AttentionBlock, size: MapSize): Value {
  const { name, widths, convs } = block;
  const channels = widths.reduce((sum, width) => sum + width, 0);
  const map = toMap(graph, name, tokens, size, channels);
  const parts = graph.nodeOf(widths.length, 'Split', `${name}.parts`, [map, graph.whole(...widths)], {
    attributes: { axis: 1n },
  });
  const convolved: Value[] = [];
  convs.forEach((conv, part) => {
    const before = convolved.at(-1);
    const input = before ? graph.node('Add', `${name}.cascade.${part}`, [before, parts[part]!]) : parts[part]!;
    convolved.push(convolution(graph, input, conv));
  });
  const joined = graph.node('Concat', `${name}.joined`, [...convolved, parts.at(-1)!], { attributes: { axis: 1n } });
  return toTokens(graph, `${name}.joined`, joined, size, channels);
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
function crossCovariance(graph: GraphBuilder, tokens: Value, block: AttentionBlock, size: MapSize): Value {
  const { heads, qkv } = block;
  const name = `${block.name}.xca`;
  const channels = qkv.inputs;
  const width = channels / heads;
  const count = tokensOf(size);

  const projected = linear(graph, tokens, qkv);
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
  return linear(graph, merged, block.project);
}
