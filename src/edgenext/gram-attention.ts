import { CONTRIB, type GraphBuilder, type Value } from '../onnx/graph-builder.js';
import { float32 } from '../onnx/tensor.js';
import type { GraphContext } from './graph-context.js';
import { type MapSize, tokensOf } from './layers.js';
import type { AttentionBlock, Linear } from './network.js';
import { precisionOf } from './precision.js';

/**
 * The attention between channels without q, k and v. With X the tokens and a column of ones, and Wq, Wk, Wv the weights
 * with the bias as last row: q'k = Wq'(X'X)Wk, the squared lengths of q and k are the diagonals of Wq'(X'X)Wq and
 * Wk'(X'X)Wk, and the output is X (Wv A' Wp). Two passes over the tokens instead of six, and no transpose; what is left
 * are products of [channels, channels]. Exact in real numbers.
 */

/** What masks a pair of channels of different heads: exp of it is zero. */
const MASKED = -1e9;
/** Square of the floor of torch.nn.functional.normalize. */
const MIN_SQUARED_LENGTH = 1e-24;
/** From this many tokens a channel on, the passes over the tokens outweigh the products that are added. */
const TOKENS_PER_CHANNEL = 4;

/** Whether this form is the cheaper one, and allowed: its layers must be float32. */
export function prefersGram({ precisions }: GraphContext, { qkv, project }: AttentionBlock, size: MapSize): boolean {
  const isFloat = [qkv, project].every(({ name }) => precisionOf(precisions, name) === 'float32');
  return isFloat && gramPays(qkv.inputs, size);
}

export const gramPays = (channels: number, size: MapSize): boolean => tokensOf(size) >= TOKENS_PER_CHANNEL * channels;

/** The attention's output plus `residual`. */
export function gramAttention(
  { graph }: GraphContext,
  tokens: Value,
  residual: Value,
  block: AttentionBlock,
  size: MapSize,
): Value {
  const { heads, qkv, project } = block;
  const name = `${block.name}.xca`;
  const channels = project.inputs;
  const rows = channels + 1;
  const matrix = (part: string, columns: number, data: Float32Array) =>
    graph.constant(`${name}.${part}`, float32([data.length / columns, columns], data));
  const product = (part: string, a: Value, b: Value, transposed?: 'transA') =>
    transposed
      ? graph.node('FusedMatMul', `${name}.${part}`, [a, b], { domain: CONTRIB, attributes: { transA: 1n } })
      : graph.node('MatMul', `${name}.${part}`, [a, b]);

  const ones = matrix('ones', 1, new Float32Array(tokensOf(size)).fill(1));
  const extended = graph.node('Concat', `${name}.extended`, [tokens, ones], { attributes: { axis: 1n } });
  const gram = product('gram', extended, extended, 'transA');

  const [q, k, v] = extendedWeights(graph, qkv);
  const [seenByQ, seenByK] = [product('seen_by_q', gram, q), product('seen_by_k', gram, k)];
  const least = graph.constant(`${name}.min_squared_length`, float32([], [MIN_SQUARED_LENGTH]));
  const column = matrix('row_of_ones', rows, new Float32Array(rows).fill(1));
  const lengths = (part: string, weights: Value, seen: Value) => {
    const squares = graph.node('Mul', `${name}.${part}.squares`, [weights, seen]);
    const summed = graph.node('MatMul', `${name}.${part}.squared_lengths`, [column, squares]);
    return graph.node('Sqrt', `${name}.${part}.lengths`, [
      graph.node('Max', `${name}.${part}.floored`, [summed, least]),
    ]);
  };
  const byK = graph.node('Div', `${name}.by_k`, [product('products', q, seenByK, 'transA'), lengths('k', k, seenByK)]);
  const perRow = graph.node('Reshape', `${name}.q.column`, [lengths('q', q, seenByQ), graph.whole(channels, 1)]);
  const cosines = graph.node('Div', `${name}.cosines`, [byK, perRow]);
  const temperature = Float32Array.from(
    { length: channels },
    (_, row) => block.temperature[headOf(row, channels, heads)]!,
  );
  const scaled = graph.node('Mul', `${name}.scaled`, [cosines, matrix('temperature', 1, temperature)]);
  const masked = graph.node('Add', `${name}.masked`, [scaled, matrix('mask', channels, headMask(channels, heads))]);
  const attention = graph.node('Softmax', `${name}.attention`, [masked], { attributes: { axis: -1n } });

  const mixed = product('mixed', attention, matrix('proj.weight', channels, project.weight), 'transA');
  const bias = graph.constant(`${name}.proj.bias`, float32([1, channels], project.bias));
  const lastRow = graph.node('Pad', `${name}.proj.bias_row`, [bias, graph.whole(channels, 0, 0, 0)]);
  const weight = graph.node('Add', `${name}.weight`, [product('values', v, mixed), lastRow]);
  return graph.node('Gemm', `${name}.out`, [extended, weight, residual]);
}

/** Weights of q, k and v with the bias as last row. Only of constants: onnxruntime computes it once, at load. */
function extendedWeights(graph: GraphBuilder, { name, inputs, outputs, weight, bias }: Linear): [Value, Value, Value] {
  const matrix = graph.constant(`${name}.weight`, float32([inputs, outputs], weight));
  const row = graph.constant(`${name}.bias`, float32([1, outputs], bias));
  const all = graph.node('Concat', `${name}.extended`, [matrix, row], { attributes: { axis: 0n } });
  const thirds = graph.whole(outputs / 3, outputs / 3, outputs / 3);
  const [q, k, v] = graph.nodeOf(3, 'Split', `${name}.part`, [all, thirds], { attributes: { axis: 1n } });
  return [q!, k!, v!];
}

const headOf = (channel: number, channels: number, heads: number): number => Math.floor((channel * heads) / channels);

/** [channels, channels]: zero within a head, far below between heads. */
function headMask(channels: number, heads: number): Float32Array {
  return Float32Array.from({ length: channels * channels }, (_, at) => {
    const [row, column] = [Math.floor(at / channels), at % channels];
    return headOf(row, channels, heads) === headOf(column, channels, heads) ? 0 : MASKED;
  });
}
