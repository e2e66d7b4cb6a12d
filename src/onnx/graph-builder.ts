import { create, toBinary } from '@bufbuild/protobuf';
import { bugError } from '../errors.js';
import { type Attributes, encodeAttribute } from './attributes.js';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx_pb.js';
import type { SharedWeights } from './shared-weights.js';
import { bytesOf, type DataType, ELEMENT_TYPE, elementCount, int64, type Tensor } from './tensor.js';

/**
 * Writes an ONNX file node by node. Promises: the same calls give the same bytes; every value has one name, given once;
 * nodes stand in the order of the calls, which is therefore the order of computation. A value is its name.
 * It does not infer shapes: onnxruntime does that and refuses what doesn't fit; test by loading the file.
 */
export const CONTRIB = 'com.microsoft';

/** Opset 17 has LayerNormalization; IR 8 is its generation and loads in every onnxruntime from 1.12 on. */
const OPSET = 17n;
const IR_VERSION = 8n;
/** Constants smaller than this stay in the graph's own file. */
const EXTERNAL_FROM_BYTES = 1024;

export type Value = string;

export interface NodeOptions {
  readonly attributes?: Attributes;
  readonly domain?: string;
}

export class GraphBuilder {
  readonly #name: string;
  readonly #weights: SharedWeights;
  readonly #nodes: NodeProto[] = [];
  readonly #initializers = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  readonly #taken = new Set<string>();

  constructor(name: string, weights: SharedWeights) {
    this.#name = name;
    this.#weights = weights;
  }

  input(name: string, dtype: DataType, dims: readonly number[]): Value {
    this.#inputs.push(describe(this.#claim(name), dtype, dims));
    return name;
  }

  /** Declares a value that a node of that name computes as a result of the graph. */
  output(name: Value, dtype: DataType, dims: readonly number[]): void {
    this.#outputs.push(describe(name, dtype, dims));
  }

  constant(name: string, tensor: Tensor): Value {
    if (elementCount(tensor.dims) !== tensor.data.length)
      throw bugError(
        'onnx-constant-shape',
        `constant ${name}: ${tensor.data.length} elements for dims [${tensor.dims}]`,
      );
    this.#initializers.set(this.#claim(name), this.#encode(name, tensor));
    return name;
  }

  /** A small list of whole numbers, such as a target shape; equal lists share one constant. */
  whole(...values: number[]): Value {
    const name = `ints.${values.join('x')}`;
    return this.#initializers.has(name) ? name : this.constant(name, int64(values));
  }

  /** Adds a node with one result, which bears its name. */
  node(op: string, name: string, inputs: readonly Value[], options: NodeOptions = {}): Value {
    this.#add(op, name, inputs, [name], options);
    return name;
  }

  /** Adds a node with several results: `name.0`, `name.1`, … */
  nodeOf(results: number, op: string, name: string, inputs: readonly Value[], options: NodeOptions = {}): Value[] {
    const outputs = Array.from({ length: results }, (_, index) => `${name}.${index}`);
    this.#add(op, name, inputs, outputs, options);
    return outputs;
  }

  /** The file's bytes. `metadata` lands in `metadata_props`. */
  encode(metadata: Readonly<Record<string, string>>): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: IR_VERSION,
      opsetImport: [
        { domain: '', version: OPSET },
        { domain: CONTRIB, version: 1n },
      ],
      producerName: 'edgenextd',
      graph: create(GraphProtoSchema, {
        name: this.#name,
        node: this.#nodes,
        initializer: [...this.#initializers.values()],
        input: this.#inputs,
        output: this.#outputs,
      }),
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    });
    return toBinary(ModelProtoSchema, model);
  }

  #claim(name: string): string {
    if (this.#taken.has(name)) throw bugError('onnx-name-taken', `graph ${this.#name}: two values named ${name}`);
    this.#taken.add(name);
    return name;
  }

  #add(op: string, name: string, inputs: readonly Value[], outputs: string[], options: NodeOptions): void {
    for (const input of inputs)
      if (input !== '' && !this.#taken.has(input))
        throw bugError(
          'onnx-unknown-value',
          `graph ${this.#name}: node ${name} takes ${input}, which nothing computes`,
        );
    for (const output of outputs) this.#claim(output);
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType: op,
        name,
        input: [...inputs],
        output: outputs,
        domain: options.domain ?? '',
        attribute: Object.entries(options.attributes ?? {}).map(([key, value]) => encodeAttribute(key, value)),
      }),
    );
  }

  #encode(name: string, tensor: Tensor): TensorProto {
    const bytes = bytesOf(tensor);
    const shape = { name, dataType: ELEMENT_TYPE[tensor.dtype], dims: tensor.dims.map(BigInt) };
    if (bytes.byteLength < EXTERNAL_FROM_BYTES) return create(TensorProtoSchema, { ...shape, rawData: bytes });
    const range = this.#weights.add(bytes);
    return create(TensorProtoSchema, {
      ...shape,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: range.file },
        { key: 'offset', value: String(range.offset) },
        { key: 'length', value: String(range.length) },
      ],
    });
  }
}

function describe(name: string, dtype: DataType, dims: readonly number[]): ValueInfoProto {
  const dim = dims.map((size) => ({ value: { case: 'dimValue' as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: ELEMENT_TYPE[dtype], shape: { dim } } } },
  });
}
