import { closeSync, openSync, readSync } from 'node:fs';
import { isAbsolute, join, normalize } from 'node:path';
import { modelError } from '../errors.js';
import { type GraphProto, TensorProto_DataLocation as Location, type ModelProto, type TensorProto } from './onnx_pb.js';
import type { SharedWeights } from './shared-weights.js';

/** Constants smaller than this stay in the graph's own file. */
const EXTERNAL_FROM_BYTES = 1024;

/**
 * Moves every large constant of a model into `weights`, wherever it lies now: inside the model, or in files beside it in
 * `folder`. Changes the model. Throws `external-data` for a file outside the folder, missing or too short.
 */
export function moveWeights(model: ModelProto, folder: string, weights: SharedWeights): void {
  if (model.graph) moveGraph(model.graph, folder, weights);
  for (const { node } of model.functions) moveAttributes(node, folder, weights);
}

function moveGraph(graph: GraphProto, folder: string, weights: SharedWeights): void {
  for (const tensor of graph.initializer) {
    const bytes = bytesOfTensor(tensor, folder);
    if (bytes === null) continue;
    if (bytes.byteLength < EXTERNAL_FROM_BYTES) keepInside(tensor, bytes);
    else keepOutside(tensor, bytes, weights);
  }
  moveAttributes(graph.node, folder, weights);
}

/** onnxruntime takes external data for initializers only. */
function moveAttributes(nodes: GraphProto['node'], folder: string, weights: SharedWeights): void {
  for (const { t, g, tensors, graphs } of nodes.flatMap(({ attribute }) => attribute)) {
    for (const tensor of t ? [t, ...tensors] : tensors) {
      const bytes = bytesOfTensor(tensor, folder);
      if (bytes) keepInside(tensor, bytes);
    }
    for (const graph of g ? [g, ...graphs] : graphs) moveGraph(graph, folder, weights);
  }
}

/** null: written as numbers, element by element, which is left as it is. */
function bytesOfTensor(tensor: TensorProto, folder: string): Uint8Array | null {
  if (tensor.dataLocation === Location.EXTERNAL) return readExternal(tensor, folder);
  return tensor.rawData.byteLength > 0 ? tensor.rawData : null;
}

function keepInside(tensor: TensorProto, bytes: Uint8Array): void {
  tensor.rawData = bytes;
  tensor.dataLocation = Location.DEFAULT;
  tensor.externalData = [];
}

function keepOutside(tensor: TensorProto, bytes: Uint8Array, weights: SharedWeights): void {
  const range = weights.add(bytes);
  tensor.rawData = new Uint8Array();
  tensor.dataLocation = Location.EXTERNAL;
  tensor.externalData = entries({ location: range.file, offset: range.offset, length: range.length });
}

const entries = (facts: Readonly<Record<string, string | number>>): TensorProto['externalData'] =>
  Object.entries(facts).map(([key, value]) => ({
    $typeName: 'onnx.StringStringEntryProto',
    key,
    value: String(value),
  }));

function readExternal(tensor: TensorProto, folder: string): Uint8Array {
  const facts = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = facts.get('location') ?? '';
  const [offset, length] = [Number(facts.get('offset') ?? 0), Number(facts.get('length'))];
  if (location === '' || isAbsolute(location) || normalize(location).startsWith('..'))
    throw unreadable(tensor, location, 'is not a file beside the model');
  if (!Number.isSafeInteger(length) || length < 0 || !Number.isSafeInteger(offset) || offset < 0)
    throw unreadable(tensor, location, 'has no valid offset and length');
  let file: number;
  try {
    file = openSync(join(folder, location), 'r');
  } catch (cause) {
    throw unreadable(tensor, location, `can't be opened: ${String(cause)}`);
  }
  try {
    const bytes = new Uint8Array(length);
    const read = readSync(file, bytes, 0, length, offset);
    if (read < length) throw unreadable(tensor, location, `is too short: ${offset + length} bytes expected`);
    return bytes;
  } finally {
    closeSync(file);
  }
}

const unreadable = (tensor: TensorProto, location: string, problem: string) =>
  modelError('external-data', `constant ${tensor.name}: its data in "${location}" ${problem}`, {
    constant: tensor.name,
    location,
  });
