import { bfloat16ToFloat32, halfToFloat32 } from './half-floats.js';

/** Tensors of a checkpoint by name, whatever its file format, as float32. */
export type StateDict = Map<string, StateTensor>;

export interface StateTensor {
  readonly dims: readonly number[];
  /** Row-major; empty where the file holds no floating-point numbers. */
  readonly data: Float32Array;
  /** The type in the file, where it is none that a weight can have. */
  readonly foreignType?: string;
}

/** Types that weights may be stored in, by the names of safetensors. */
export type FloatType = 'F64' | 'F32' | 'F16' | 'BF16';

export const FLOAT_BYTES: Readonly<Record<FloatType, number>> = { F64: 8, F32: 4, F16: 2, BF16: 2 };

/** Little-endian numbers as float32, rounded to nearest. `bytes` need not be aligned. */
export function toFloat32(type: FloatType, bytes: Uint8Array): Float32Array {
  // A copy of its own is aligned; `slice` of a Buffer would not be one.
  const { buffer } = new Uint8Array(bytes);
  if (type === 'F32') return new Float32Array(buffer);
  if (type === 'F64') return Float32Array.from(new Float64Array(buffer));
  const words = new Uint16Array(buffer);
  return type === 'F16' ? halfToFloat32(words) : bfloat16ToFloat32(words);
}

/** A name out of a file, for a message: short, and without what a terminal would obey. */
export const printable = (name: string): string => name.slice(0, 120).replace(/[^\x20-\x7e]/g, '?');
