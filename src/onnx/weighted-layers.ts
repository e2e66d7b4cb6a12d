import { type GraphProto, type NodeProto, type TensorProto, TensorProto_DataType as Type } from './onnx_pb.js';

/** A node that multiplies with constant weights. */
export interface WeightedLayer {
  readonly name: string;
  readonly operator: string;
  /** What the weights are stored in, and with them what the layer is computed in. */
  readonly precision: 'float32' | 'float16' | 'int8' | 'int4' | 'other';
  readonly dims: readonly number[];
}

/** Which inputs of an operator may be its weights. */
const WEIGHT_INPUTS: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  FusedConv: [1],
  ConvInteger: [1],
  QLinearConv: [3],
  Gemm: [1, 0],
  MatMul: [1, 0],
  FusedMatMul: [1, 0],
  MatMulInteger: [1],
  MatMulIntegerToFloat: [1],
  DynamicQuantizeMatMul: [1],
  MatMulNBits: [1],
  QLinearMatMul: [3],
  QGemm: [3],
};

const PRECISIONS: ReadonlyMap<Type, WeightedLayer['precision']> = new Map([
  [Type.FLOAT, 'float32'],
  [Type.FLOAT16, 'float16'],
  [Type.BFLOAT16, 'float16'],
  [Type.INT8, 'int8'],
  [Type.UINT8, 'int8'],
  [Type.INT4, 'int4'],
  [Type.UINT4, 'int4'],
]);

/** In the order of computation. Weights that are stored quantized and dequantized in the graph (QDQ) count as quantized. */
export function weightedLayers(graph: GraphProto): WeightedLayer[] {
  const constants = constantsOf(graph);
  return graph.node.flatMap((node) => {
    const places = WEIGHT_INPUTS[node.opType] ?? [];
    const weights = places.map((place) => constants.get(node.input[place] ?? '')).find(isMatrix);
    if (!weights) return [];
    const precision = node.opType === 'MatMulNBits' ? precisionOfBits(node) : PRECISIONS.get(weights.dataType as Type);
    return [
      {
        name: layerName(node, weights),
        operator: node.opType,
        precision: precision ?? 'other',
        dims: weights.dims.map(Number),
      },
    ];
  });
}

/** Constants of weights by the name of the value that a layer takes, also where they pass a DequantizeLinear. */
function constantsOf(graph: GraphProto): Map<string, TensorProto> {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const node of graph.node) {
    const [output = ''] = node.output;
    const value = node.attribute.find(({ name }) => name === 'value')?.t;
    if (node.opType === 'Constant' && value) constants.set(output, value);
    const quantized = constants.get(node.input[0] ?? '');
    if (node.opType === 'DequantizeLinear' && quantized) constants.set(output, quantized);
  }
  return constants;
}

/** A row or a column is a sum or a mask, not a layer. */
const isMatrix = (tensor: TensorProto | undefined): tensor is TensorProto =>
  tensor !== undefined && tensor.dims.length >= 2 && (tensor.dims.length > 2 || tensor.dims.every((dim) => dim > 1n));

function precisionOfBits(node: NodeProto): WeightedLayer['precision'] {
  return node.attribute.find(({ name }) => name === 'bits')?.i === 8n ? 'int8' : 'int4';
}

/** Weights bear the name of their layer in the checkpoint, unless an exporter made it up. */
function layerName(node: NodeProto, weights: TensorProto): string {
  const isMadeUp = weights.name === '' || /^(onnx::|val_|_|\d)/.test(weights.name);
  return isMadeUp ? node.name : weights.name.replace(/_quantized$/, '').replace(/\.weight$/, '');
}

/** Elements of everything that was learned: constants of one dimension and more that are no whole numbers of 32 or 64 bits. */
export function countParameters(graph: GraphProto): number {
  return [...constantsOf(graph).entries()]
    .filter(([name, tensor]) => tensor.dims.length > 0 && (name === tensor.name || tensor.name === ''))
    .filter(([, tensor]) => PRECISIONS.has(tensor.dataType as Type))
    .reduce((sum, [, tensor]) => sum + tensor.dims.reduce((product, dim) => product * Number(dim), 1), 0);
}
