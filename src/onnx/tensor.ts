import { TensorProto_DataType } from './onnx_pb.js';

export type DataType = 'float32' | 'uint8' | 'int8' | 'int32' | 'int64';
type TensorData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

/** A constant: row-major data of `dims`. A scalar has no dims. */
export interface Tensor {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export const ELEMENT_TYPE: Readonly<Record<DataType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
};

export const elementCount = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

export function float32(dims: readonly number[], data: Float32Array | readonly number[]): Tensor {
  return { dtype: 'float32', dims, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

export function uint8(dims: readonly number[], data: readonly number[]): Tensor {
  return { dtype: 'uint8', dims, data: Uint8Array.from(data) };
}

export const int8 = (dims: readonly number[], data: Int8Array): Tensor => ({ dtype: 'int8', dims, data });
export const int32 = (dims: readonly number[], data: Int32Array): Tensor => ({ dtype: 'int32', dims, data });

export function int64(values: readonly number[]): Tensor {
  return { dtype: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** The bytes as ONNX stores them: little-endian, which every supported board is. */
export function bytesOf(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
