import { modelError } from '../errors.js';
import { type GraphProto, type ModelProto, TensorProto_DataType as Type, type ValueInfoProto } from './onnx_pb.js';

export type Layout = 'nchw' | 'nhwc';

/** What a classifier from elsewhere takes and gives, once its open sizes are settled. */
export interface ForeignClassifier {
  readonly graph: GraphProto;
  readonly input: string;
  readonly output: string;
  readonly layout: Layout;
  /** null: only a run can tell. */
  readonly classes: number | null;
  /** The operator that the answer comes from, seen through those that only change its shape. */
  readonly lastOperator: string;
}

export interface ForeignOptions {
  readonly width: number;
  readonly height: number;
  /** Left out: told from where the 3 stands in the input's shape. */
  readonly layout?: Layout | undefined;
  /** Which output has the scores, where there are several. */
  readonly output?: string | undefined;
}

type Dim = number | string | null;

/** Broadcasting as it is used in front came with opset 7. */
const OLDEST_OPSET = 7n;

/**
 * Checks that a model is a classifier of one float32 picture, and settles its open sizes for pictures of the given size:
 * the model is changed. Nothing is guessed: what does not fit is refused.
 * @throws model error `foreign-mismatch` that names what is wrong.
 */
export function settleClassifier(model: ModelProto, name: string, options: ForeignOptions): ForeignClassifier {
  const refuse = (problem: string): never => {
    throw modelError('foreign-mismatch', `${name}: ${problem}`, { name });
  };
  const { graph } = model;
  if (!graph) return refuse('it has no graph');
  const opset = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0n;
  if (opset < OLDEST_OPSET) refuse(`opset ${opset} is too old; expected ${OLDEST_OPSET} or newer: export it again`);

  const constants = new Set(graph.initializer.map((tensor) => tensor.name));
  const inputs = graph.input.filter((value) => !constants.has(value.name));
  const [input] = inputs;
  if (!input || inputs.length > 1)
    return refuse(`expected one input, it has ${inputs.length}: ${inputs.map((value) => value.name).join(', ')}`);
  if (typeOf(input) !== Type.FLOAT) refuse(`input "${input.name}": expected float32, it is ${Type[typeOf(input)]}`);
  const layout =
    options.layout ??
    layoutOf(dimsOf(input)) ??
    refuse('its shape does not tell the layout; give --layout nchw or nhwc');
  const expected = expectedDims(layout, options);
  const sizes = settleDims(dimsOf(input), expected);
  if (!sizes)
    return refuse(`input "${input.name}": expected [${expected}] for ${layout}, it has ${shown(dimsOf(input))}`);

  const output = chooseOutput(graph, options.output, refuse);
  if (typeOf(output) !== Type.FLOAT) refuse(`output "${output.name}": expected float32, it is ${Type[typeOf(output)]}`);
  const [batch, classes, ...more] = dimsOf(output) ?? [null, null];
  const isOne = typeof batch !== 'number' || batch === 1;
  if (classes === undefined || more.length > 0 || !isOne)
    refuse(`output "${output.name}": expected [1, classes], it has ${shown(dimsOf(output))}`);

  setDims(input, expected);
  graph.output = [output];
  graph.valueInfo = graph.valueInfo.filter((value) => settleValue(value, sizes));
  const known = typeof classes === 'string' ? (sizes.get(classes) ?? null) : (classes ?? null);
  const lastOperator = lastOperatorOf(graph, output.name);
  return { graph, input: input.name, output: output.name, layout, classes: known, lastOperator };
}

/** Declares the result's shape, once it is known. */
export function setOutputClasses(graph: GraphProto, classes: number): void {
  for (const output of graph.output) setDims(output, [1, classes]);
}

function chooseOutput(
  graph: GraphProto,
  wanted: string | undefined,
  refuse: (problem: string) => never,
): ValueInfoProto {
  const names = graph.output.map((value) => value.name).join(', ');
  const found = wanted === undefined ? graph.output : graph.output.filter((value) => value.name === wanted);
  const [output] = found;
  if (output && found.length === 1) return output;
  return refuse(
    wanted === undefined
      ? `it has ${graph.output.length} outputs (${names}); say which one has the scores with --output`
      : `there is no output "${wanted}"; it has ${names}`,
  );
}

const expectedDims = (layout: Layout, { width, height }: ForeignOptions): number[] =>
  layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];

function layoutOf(dims: readonly Dim[] | null): Layout | null {
  if (dims?.length !== 4 || (dims[1] === 3) === (dims[3] === 3)) return null;
  return dims[1] === 3 ? 'nchw' : 'nhwc';
}

/** What the named sizes are; null where a fixed size is another one, or one name would need two sizes. */
function settleDims(dims: readonly Dim[] | null, expected: readonly number[]): Map<string, number> | null {
  const sizes = new Map<string, number>();
  if (dims === null) return sizes;
  if (dims.length !== expected.length) return null;
  for (const [index, dim] of dims.entries()) {
    const size = expected[index] ?? 0;
    if (typeof dim === 'number' && dim !== size) return null;
    if (typeof dim !== 'string') continue;
    if ((sizes.get(dim) ?? size) !== size) return null;
    sizes.set(dim, size);
  }
  return sizes;
}

/** False of a value whose shape stays open: onnxruntime finds it out by itself. */
function settleValue(value: ValueInfoProto, sizes: ReadonlyMap<string, number>): boolean {
  const dims = dimsOf(value);
  if (dims === null) return false;
  const settled = dims.map((dim) => (typeof dim === 'string' ? (sizes.get(dim) ?? null) : dim));
  if (!settled.every((dim) => dim !== null)) return false;
  setDims(value, settled);
  return true;
}

function typeOf(value: ValueInfoProto): Type {
  return value.type?.value.case === 'tensorType' ? value.type.value.value.elemType : Type.UNDEFINED;
}

/** null: no shape is declared. */
function dimsOf(value: ValueInfoProto): Dim[] | null {
  const shape = value.type?.value.case === 'tensorType' ? value.type.value.value.shape : undefined;
  if (!shape) return null;
  return shape.dim.map(({ value: dim }) => {
    if (dim.case === 'dimValue') return dim.value > 0n ? Number(dim.value) : null;
    return dim.case === 'dimParam' && dim.value !== '' ? dim.value : null;
  });
}

function setDims(value: ValueInfoProto, dims: readonly number[]): void {
  if (value.type?.value.case !== 'tensorType') return;
  const dim = dims.map((size) => ({
    $typeName: 'onnx.TensorShapeProto.Dimension' as const,
    value: { case: 'dimValue' as const, value: BigInt(size) },
    denotation: '',
  }));
  value.type.value.value.shape = { $typeName: 'onnx.TensorShapeProto', dim };
}

const shown = (dims: readonly Dim[] | null): string =>
  dims === null ? 'no declared shape' : `[${dims.map((dim) => dim ?? '?').join(', ')}]`;

const SHAPE_ONLY = ['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Cast'];

function lastOperatorOf(graph: GraphProto, output: string): string {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  let node = producers.get(output);
  while (node && SHAPE_ONLY.includes(node.opType)) node = producers.get(node.input[0] ?? '');
  return node?.opType ?? '';
}
