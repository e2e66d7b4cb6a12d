import { fromBinary } from '@bufbuild/protobuf';
import { modelError } from '../errors.js';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.js';

/**
 * Parses an ONNX file; its external data are not opened.
 * Throws `onnx-unreadable` when the bytes are no ONNX model.
 */
export function readModel(bytes: Uint8Array, name: string): ModelProto {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw modelError('onnx-unreadable', `${name} is not an ONNX file: ${String(cause)}`, { name }, cause);
  }
  if (!model.graph || model.opsetImport.length === 0)
    throw modelError('onnx-unreadable', `${name} is not an ONNX model: it has no graph or no opset`, { name });
  return model;
}
