/**
 * The counter-based generator behind test/fixtures/golden: weights and pictures that anyone can make again bit for bit.
 * Described in the README beside those files.
 */
import { type ExpectedTensor, expectedTensors } from '../../src/edgenext/expected-tensors.js';
import { type Naming, officialNameOf } from '../../src/edgenext/names.js';
import { ARCHITECTURES, type Architecture } from '../../src/edgenext/variants.js';

function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function bits(seed: number, index: number): number {
  const a = (seed + Math.imul(index + 1, 0x6d2b79f5)) >>> 0;
  let t = Math.imul(a ^ (a >>> 15), a | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return (t ^ (t >>> 14)) >>> 0;
}

function tensorValues(name: string, dims: readonly number[]): Float32Array {
  const seed = seedOf(name);
  const last = name.split('.').at(-1)!;
  const fanIn = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const value = (u: number): number => {
    const v = 2 * u - 1;
    if (last === 'running_var' || last === 'temperature') return 1 + 0.5 * u;
    if (last === 'gamma' || last === 'gamma_xca') return 0.5 + 0.25 * v;
    if (last === 'bias' || last === 'running_mean') return 0.1 * v;
    return dims.length === 1 ? 1 + 0.25 * v : v * Math.sqrt(3 / fanIn);
  };
  const count = dims.reduce((product, dim) => product * dim, 1);
  return Float32Array.from({ length: count }, (_, index) => value(bits(seed, index) / 2 ** 32));
}

export function architectureOf(variant: string): Architecture {
  const found = ARCHITECTURES.find((architecture) => architecture.variant === variant);
  if (!found) throw new Error(`no variant ${variant}`);
  return found;
}

/** A checkpoint of that variant as a safetensors file. */
export function generatedCheckpoint(variant: string, classes = 1000, naming: Naming = 'timm'): Uint8Array {
  const tensors = expectedTensors(architectureOf(variant), classes).map(({ name, dims }: ExpectedTensor) => {
    const key = naming === 'official' ? officialNameOf(name) : name;
    return { key, dims, data: tensorValues(key, dims) };
  });
  return safetensorsFile(tensors);
}

export interface NamedTensor {
  readonly key: string;
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export function safetensorsFile(tensors: readonly NamedTensor[]): Uint8Array {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const { key, dims, data } of tensors) {
    header[key] = { dtype: 'F32', shape: dims, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const bytes = tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  return new Uint8Array(Buffer.concat([length, text, ...bytes]));
}

/** size x size RGB pixels in blocks of 8 x 8 of one colour. */
export function generatedImage(size: number, name = 'image'): Uint8Array {
  const seed = seedOf(name);
  const across = Math.ceil(size / 8);
  return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const [channel, pixel] = [at % 3, Math.floor(at / 3)];
    const [x, y] = [pixel % size, Math.floor(pixel / size)];
    return bits(seed, ((y >> 3) * across + (x >> 3)) * 3 + channel) >>> 24;
  });
}
