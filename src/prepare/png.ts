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
  const { width, height, channels, depth, data, palette } = png;
  const grey = channels < 3;
  const level = levelsOf(png);
  const rowBits = Math.ceil((width * channels * depth) / 8) * 8;
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sample = (channel: number): number => {
        const bit = y * rowBits + (x * channels + channel) * depth;
        if (depth >= 8) return data[bit / depth]!;
        return (data[bit >> 3]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
      };
      if (palette) {
        const colour = palette[sample(0)] ?? [0, 0, 0];
        rgb.set(colour.slice(0, 3), to);
      } else {
        rgb[to] = level(sample(0));
        rgb[to + 1] = grey ? rgb[to]! : level(sample(1));
        rgb[to + 2] = grey ? rgb[to]! : level(sample(2));
      }
      to += 3;
    }
  }
}

/** How a sample becomes 0…255. Pillow clips 16-bit grey (its mode "I;16") instead of scaling it. */
function levelsOf({ channels, depth }: DecodedPng): (sample: number) => number {
  if (depth === 16) return channels === 1 ? (sample) => Math.min(sample, 255) : (sample) => sample >> 8;
  const scale = 255 / ((1 << depth) - 1);
  return (sample) => sample * scale;
}
