import { z } from 'zod';
import { modelError } from '../errors.js';
import { FLOAT_BYTES, type FloatType, printable, type StateDict, toFloat32 } from './state-dict.js';

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

const HEADER_LENGTH_BYTES = 8;

const isFloat = (dtype: string): dtype is FloatType => Object.hasOwn(FLOAT_BYTES, dtype);

/**
 * Reads a safetensors file: 8 bytes length of the header, a JSON header, the tensors (github.com/huggingface/safetensors).
 * Floating-point numbers become float32. Throws `checkpoint-unreadable`, naming the first thing that is out of bounds.
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
  let total = 0;
  for (const [key, value] of Object.entries(parseHeader(file.subarray(HEADER_LENGTH_BYTES, dataStart), refuse))) {
    if (key === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) return refuse(`tensor ${printable(key)} is described by ${JSON.stringify(value)}`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    if (!isFloat(dtype)) {
      tensors.set(key, { dims: shape, data: new Float32Array(), foreignType: dtype });
      continue;
    }
    const width = FLOAT_BYTES[dtype];
    const count = shape.reduce((product, dim) => product * dim, 1);
    const [begin, end] = offsets;
    if (end < begin || dataStart + end > file.byteLength)
      return refuse(
        `tensor ${printable(key)} lies at ${begin}..${end}, beyond the ${file.byteLength - dataStart} bytes of data`,
      );
    total += end - begin;
    if (total > file.byteLength) return refuse(`tensor ${printable(key)} shares its bytes with others`);
    if (end - begin !== count * width)
      return refuse(`tensor ${printable(key)} [${shape}] ${dtype} needs ${count * width} bytes, has ${end - begin}`);
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
