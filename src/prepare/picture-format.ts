import type { PictureFormat } from '../frame.js';

const JPEG_START = [0xff, 0xd8, 0xff];
const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** What kind of picture file these bytes start, by its first bytes; null when it is none that can be decoded. */
export function pictureFormatOf(bytes: Uint8Array): PictureFormat | null {
  if (startsWith(bytes, JPEG_START)) return { kind: 'jpeg' };
  if (startsWith(bytes, PNG_START)) return { kind: 'png' };
  if (/^P[56][\s#]/.test(String.fromCharCode(...bytes.subarray(0, 3)))) return { kind: 'ppm' };
  return null;
}

const startsWith = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);
