import { create } from '@bufbuild/protobuf';
import { type Attributes, encodeAttribute, ints } from './attributes.js';
import type { ForeignClassifier } from './foreign-classifier.js';
import {
  AttributeProtoSchema,
  type GraphProto,
  AttributeProto_AttributeType as Kind,
  type NodeProto,
  NodeProtoSchema,
  TensorProtoSchema,
  TensorProto_DataType as Type,
} from './onnx_pb.js';

export interface Normalisation {
  /** Of pixels from 0 to 1, red, green, blue. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const BRIGHTEST = 255;
/** Above the smallest normal float32; its logarithm is about -69. */
const LEAST_PROBABILITY = 1e-30;

/**
 * Puts in front of a classifier what makes its input of a picture: uint8 [1, height, width, 3] RGB to normalised float32
 * in the classifier's layout. The graph is changed; its nodes and names stay as they are.
 */
export function acceptPictures(classifier: ForeignClassifier, normalisation: Normalisation): void {
  const { graph, input, layout } = classifier;
  const value = graph.input.find(({ name }) => name === input);
  if (value?.type?.value.case !== 'tensorType') return;
  const nameOf = namer(graph);
  const dims = layout === 'nchw' ? [3, 1, 1] : [3];
  const { mean, std } = normalisation;
  const image = nameOf('image');
  const constants = {
    mean: constant(
      nameOf('image.mean'),
      dims,
      mean.map((part) => part * BRIGHTEST),
    ),
    factor: constant(
      nameOf('image.factor'),
      dims,
      std.map((part) => 1 / (part * BRIGHTEST)),
    ),
  };
  const turned = layout === 'nchw' ? nameOf('image.nchw') : image;
  const [pixels, centred] = [nameOf('image.float'), nameOf('image.centred')];
  const shape = value.type.value.value.shape;
  if (layout === 'nchw' && shape) shape.dim = [0, 2, 3, 1].flatMap((axis) => shape.dim[axis] ?? []);
  value.name = image;
  value.type.value.value.elemType = Type.UINT8;
  graph.node.unshift(
    constants.mean,
    constants.factor,
    // Of bytes: a quarter of the memory that floats would take.
    ...(layout === 'nchw' ? [node('Transpose', [image], turned, { perm: ints(0, 3, 1, 2) })] : []),
    node('Cast', [turned], pixels, { to: BigInt(Type.FLOAT) }),
    node('Sub', [pixels, ...constants.mean.output], centred),
    node('Mul', [centred, ...constants.factor.output], input),
  );
}

/** Turns probabilities into logits: the softmax of logarithms is the probabilities again. */
export function answerLogits({ graph, output }: ForeignClassifier): void {
  const nameOf = namer(graph);
  const least = constant(nameOf('logits.least'), [1], [LEAST_PROBABILITY]);
  const [floored, logits] = [nameOf('logits.floored'), nameOf('logits')];
  graph.node.push(least, node('Max', [output, ...least.output], floored), node('Log', [floored], logits));
  for (const value of graph.output) if (value.name === output) value.name = logits;
}

/** Gives each name once, and none that the graph has already. */
function namer(graph: GraphProto): (wanted: string) => string {
  const taken = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  return (wanted) => {
    let name = wanted;
    for (let number = 2; taken.has(name); number++) name = `${wanted}.${number}`;
    taken.add(name);
    return name;
  };
}

function node(opType: string, input: string[], output: string, attributes: Attributes = {}): NodeProto {
  const attribute = Object.entries(attributes).map(([key, value]) => encodeAttribute(key, value));
  return create(NodeProtoSchema, { opType, name: output, input, output: [output], attribute });
}

/** A node, not an initializer: before IR 4 those are inputs too. */
function constant(name: string, dims: readonly number[], values: readonly number[]): NodeProto {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  const t = create(TensorProtoSchema, { dataType: Type.FLOAT, dims: dims.map(BigInt), rawData });
  const attribute = [create(AttributeProtoSchema, { name: 'value', type: Kind.TENSOR, t })];
  return create(NodeProtoSchema, { opType: 'Constant', name, output: [name], attribute });
}
