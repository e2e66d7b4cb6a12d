/** PNG to RGB as Pillow's `convert('RGB')` does it: alpha is ignored, 16-bit colour keeps its high byte. */
import { createRequire } from 'node:module';
import { checkBytes, checkSize, corruptPicture } from './corrupt-picture.js';
import type { Size } from './picture.js';

type FastPng = typeof import('fast-png');
type DecodedPng = ReturnType<FastPng['decode']>;

let loaded: FastPng | null = null;

/** IHDR is always the first chunk: width and height at bytes 16 and 20, then depth, colour type, …, interlace. */
const HEADER_BYTES = 29;

/** Decodes into the memory that `take` gives for the picture's size. */
export function decodePng(data: Uint8Array, take: (size: Size) => Uint8Array): Size {
  checkBytes('PNG', HEADER_BYTES, data.length);
  const header = new DataView(data.buffer, data.byteOffset, HEADER_BYTES);
  const size = { width: header.getUint32(16), height: header.getUint32(20) };
  checkSize('PNG', size.width, size.height);
  if (header.getUint8(28) !== 0 && header.getUint8(24) < 8) {
    throw corruptPicture('PNG', 'it is interlaced with fewer than 8 bits a sample, which is not supported');
  }
  const png = decode(data);
  checkBytes('PNG', Math.ceil((size.width * png.channels * png.depth) / 8) * size.height, png.data.byteLength);
  writeRgb(png, take(size));
  return size;
}

/** fast-png takes 8 MB of memory, so it is loaded with the first PNG. */
function decode(data: Uint8Array): DecodedPng {
  loaded ??= createRequire(import.meta.url)('fast-png') as FastPng;
  try {
    return loaded.decode(data, { checkCrc: true });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw corruptPicture('PNG', problem, { bytes: data.length }, cause);
  }
}

function writeRgb(png: DecodedPng, rgb: Uint8Array): void {
  const samples = eightBitSamples(png);
  const { channels } = png;
  const colours = png.palette ? Uint8Array.from(png.palette.flatMap((colour) => colour.slice(0, 3))) : null;
  const step = channels < 3 ? 0 : 1;
  let from = 0;
  for (let to = 0; to < rgb.length; to += 3) {
    const pixel = colours ? samples[from]! * 3 : from;
    const source = colours ?? samples;
    const next = colours ? 1 : step;
    rgb[to] = source[pixel] ?? 0;
    rgb[to + 1] = source[pixel + next] ?? 0;
    rgb[to + 2] = source[pixel + 2 * next] ?? 0;
    from += channels;
  }
}

/** One byte a sample, without row padding; indices of a palette stay as they are. */
function eightBitSamples({ width, height, channels, depth, data, palette }: DecodedPng): ArrayLike<number> {
  if (depth === 8) return data;
  const samples = new Uint8Array(width * height * channels);
  if (depth === 16) {
    // Pillow clips 16-bit grey (its mode "I;16") instead of scaling it.
    for (let i = 0; i < samples.length; i++) samples[i] = channels === 1 ? Math.min(data[i]!, 255) : data[i]! >> 8;
    return samples;
  }
  const rowSamples = width * channels;
  const rowBytes = Math.ceil((rowSamples * depth) / 8);
  const mask = (1 << depth) - 1;
  const scale = palette ? 1 : 255 / mask;
  for (let i = 0; i < samples.length; i++) {
    const bit = (i % rowSamples) * depth;
    const byte = data[Math.floor(i / rowSamples) * rowBytes + (bit >> 3)]!;
    samples[i] = ((byte >> (8 - depth - (bit & 7))) & mask) * scale;
  }
  return samples;
}
