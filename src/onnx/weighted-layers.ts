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

/** What onnxruntime does with constants once, when it loads a graph: the result is still made of the same weights. */
const PASSING = ['DequantizeLinear', 'Identity', 'Cast', 'Transpose', 'Reshape', 'Concat', 'Split', 'Pad'];

/** In the order of computation, weights that several nodes use once. Weights that are stored quantized and dequantized in the graph (QDQ) count as quantized. */
export function weightedLayers(graph: GraphProto): WeightedLayer[] {
  const constants = constantsOf(graph);
  const seen = new Set<TensorProto>();
  return graph.node.flatMap((node) => {
    const places = WEIGHT_INPUTS[node.opType] ?? [];
    const weights = places.map((place) => constants.get(node.input[place] ?? '')).find(isMatrix);
    if (!weights || seen.has(weights)) return [];
    seen.add(weights);
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

/** Constants by the names of the values that are made of them alone; of several, the first. */
function constantsOf(graph: GraphProto): Map<string, TensorProto> {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, attribute, input, output } of graph.node) {
    const value = attribute.find(({ name }) => name === 'value')?.t;
    const [first = ''] = input;
    const made = opType === 'Constant' ? value : constants.get(first);
    const isMade =
      opType === 'Constant' || (PASSING.includes(opType) && input.every((name) => name === '' || constants.has(name)));
    if (made && isMade) for (const name of output) constants.set(name, made);
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
  return [...new Set(constantsOf(graph).values())]
    .filter(({ dims, dataType }) => dims.length > 0 && PRECISIONS.has(dataType as Type))
    .reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * Number(dim), 1), 0);
}
