import { z } from 'zod';
import { modelError } from '../errors.js';
import { bfloat16ToFloat32, halfToFloat32 } from './half-floats.js';

/** Tensors of a checkpoint by name, whatever its file format, as float32. */
export type StateDict = Map<string, StateTensor>;

export interface StateTensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const BYTES_PER_ELEMENT: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 };
const HEADER_LENGTH_BYTES = 8;

/** Integer tensors (`num_batches_tracked`) count training steps; no graph needs them. */
const SKIPPED_DTYPES = new Set(['I64', 'I32']);

/**
 * Reads a safetensors file: 8 bytes length of the header, a JSON header, the tensors (github.com/huggingface/safetensors).
 * float16 and bfloat16 become float32. Throws `checkpoint-unreadable`, naming the first thing that is out of bounds.
 */
export function readSafetensors(file: Uint8Array, name: string): StateDict {
  const refuse = (what: string): never => {
    throw modelError('checkpoint-unreadable', `${name} is not a readable safetensors file: ${what}`, { file: name });
  };
  if (file.byteLength < HEADER_LENGTH_BYTES) return refuse(`it has ${file.byteLength} bytes`);
  const headerLength = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  const dataStart = HEADER_LENGTH_BYTES + Number(headerLength);
  if (headerLength > BigInt(file.byteLength - HEADER_LENGTH_BYTES))
    return refuse(`its header claims ${headerLength} bytes, the file has ${file.byteLength}`);

  const tensors: StateDict = new Map();
  for (const [key, value] of Object.entries(parseHeader(file.subarray(HEADER_LENGTH_BYTES, dataStart), refuse))) {
    if (key === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) return refuse(`tensor ${key} is described by ${JSON.stringify(value)}`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    if (SKIPPED_DTYPES.has(dtype)) continue;
    const width = BYTES_PER_ELEMENT[dtype];
    if (width === undefined) return refuse(`tensor ${key} is ${dtype}; readable are F32, F16 and BF16`);
    const count = shape.reduce((product, dim) => product * dim, 1);
    const [begin, end] = offsets;
    if (end < begin || dataStart + end > file.byteLength)
      return refuse(`tensor ${key} lies at ${begin}..${end}, beyond the ${file.byteLength - dataStart} bytes of data`);
    if (end - begin !== count * width)
      return refuse(`tensor ${key} [${shape}] ${dtype} needs ${count * width} bytes, has ${end - begin}`);
    tensors.set(key, { dims: shape, data: toFloat32(dtype, file.subarray(dataStart + begin, dataStart + end)) });
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array, refuse: (what: string) => never): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse('its header is not JSON');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) return refuse('its header is no object');
  return header as Record<string, unknown>;
}

export function toFloat32(dtype: string, bytes: Uint8Array): Float32Array {
  // A copy of its own is aligned; `slice` of a Buffer would not be one.
  const { buffer } = new Uint8Array(bytes);
  if (dtype === 'F32') return new Float32Array(buffer);
  const words = new Uint16Array(buffer);
  return dtype === 'F16' ? halfToFloat32(words) : bfloat16ToFloat32(words);
}
