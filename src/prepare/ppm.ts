import { checkBytes, checkSize, corruptPicture } from './corrupt-picture.js';
import type { Size } from './picture.js';
import { halfToEven } from './rounding.js';

interface PpmHeader extends Size {
  readonly channels: 1 | 3;
  readonly maxValue: number;
  /** Where the samples start. */
  readonly offset: number;
}

/** Reads binary PGM (P5) and PPM (P6) with up to 8 bits a sample into RGB; values are stretched to 255 as Pillow does. */
export function decodePpm(data: Uint8Array, take: (size: Size) => Uint8Array): Size {
  const { width, height, channels, maxValue, offset } = readHeader(data);
  checkSize('PPM', width, height);
  checkBytes('PPM', offset + width * height * channels, data.length);
  const stretched = Uint8Array.from({ length: 256 }, (_, value) => Math.min(halfToEven((value / maxValue) * 255), 255));
  const rgb = take({ width, height });
  for (let to = 0, from = offset; to < rgb.length; to += 3, from += channels) {
    rgb[to] = stretched[data[from]!]!;
    rgb[to + 1] = channels === 3 ? stretched[data[from + 1]!]! : rgb[to]!;
    rgb[to + 2] = channels === 3 ? stretched[data[from + 2]!]! : rgb[to]!;
  }
  return { width, height };
}

function readHeader(data: Uint8Array): PpmHeader {
  let offset = 2;
  const nextNumber = (name: string): number => {
    offset = skipBlanks(data, offset);
    const start = offset;
    while (isDigit(data[offset])) offset++;
    const text = String.fromCharCode(...data.subarray(start, Math.min(offset, start + 10)));
    if (text === '') throw corruptPicture('PPM', `its header has no ${name}`);
    return Number(text);
  };
  const width = nextNumber('width');
  const height = nextNumber('height');
  const maxValue = nextNumber('largest value');
  if (maxValue < 1 || maxValue > 255) {
    throw corruptPicture('PPM', `its largest value is ${maxValue}, expected 1 to 255 (8 bits a sample)`, { maxValue });
  }
  return { width, height, channels: data[1] === '6'.charCodeAt(0) ? 3 : 1, maxValue, offset: offset + 1 };
}

/** White space and comments ("#" to the end of the line). */
function skipBlanks(data: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    if (isBlank(data[at])) at++;
    else if (data[at] === '#'.charCodeAt(0)) while (at < data.length && data[at] !== 10) at++;
    else return at;
  }
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;
const isBlank = (byte: number | undefined): boolean => byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
