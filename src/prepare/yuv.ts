import type { PictureFormat } from '../frame.js';

type I420 = Extract<PictureFormat, { kind: 'i420' }>;

/** Fixed-point contributions, 16 bits after the point; the rounding half is part of `luma`. */
interface YuvTables {
  readonly luma: Int32Array;
  readonly redOfV: Int32Array;
  readonly greenOfU: Int32Array;
  readonly greenOfV: Int32Array;
  readonly blueOfU: Int32Array;
}

/** Luma weights of red and blue (ITU-R BT.601 and BT.709). */
const LUMA_WEIGHTS = { bt601: { red: 0.299, blue: 0.114 }, bt709: { red: 0.2126, blue: 0.0722 } };

const tablesKept = new Map<string, YuvTables>();

/** Bytes of an I420 picture: luma rows, then U and V with half the stride (rounded up) and half the rows (rounded up). */
export function i420Bytes(format: I420): number {
  const chromaRows = (format.height + 1) >> 1;
  return format.rowStride * format.height + 2 * chromaStrideOf(format) * chromaRows;
}

const chromaStrideOf = (format: I420): number => (format.rowStride + 1) >> 1;

/**
 * I420 to packed RGB. With Kr, Kb the luma weights and Kg = 1 - Kr - Kb, y, u, v scaled to 0…255 and ±127.5:
 * R = y + 2(1-Kr)v, B = y + 2(1-Kb)u, G = y - 2Kb(1-Kb)/Kg·u - 2Kr(1-Kr)/Kg·v, rounded to nearest, clipped.
 * Limited range is scaled by 255/219 (luma, from 16) and 255/224 (chroma). Each chroma sample serves its 2x2 pixels.
 * With full-range BT.601 a pixel equals what libjpeg and Pillow's YCbCr conversion make of it.
 */
export function i420ToRgb(format: I420, data: Uint8Array, rgb: Uint8Array): void {
  const { width, height, rowStride } = format;
  const { luma, redOfV, greenOfU, greenOfV, blueOfU } = tablesFor(format);
  const out = new Uint8ClampedArray(rgb.buffer, rgb.byteOffset, rgb.byteLength);
  const chromaStride = chromaStrideOf(format);
  const uPlane = rowStride * height;
  const vPlane = uPlane + chromaStride * ((height + 1) >> 1);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const lumaRow = y * rowStride;
    const uRow = uPlane + (y >> 1) * chromaStride;
    const vRow = vPlane + (y >> 1) * chromaStride;
    for (let x = 0; x < width; x += 2) {
      const u = data[uRow + (x >> 1)]!;
      const v = data[vRow + (x >> 1)]!;
      const red = redOfV[v]!;
      const green = (greenOfU[u]! + greenOfV[v]!) | 0;
      const blue = blueOfU[u]!;
      const first = luma[data[lumaRow + x]!]!;
      out[to] = (first + red) >> 16;
      out[to + 1] = (first + green) >> 16;
      out[to + 2] = (first + blue) >> 16;
      to += 3;
      if (x + 1 < width) {
        const second = luma[data[lumaRow + x + 1]!]!;
        out[to] = (second + red) >> 16;
        out[to + 1] = (second + green) >> 16;
        out[to + 2] = (second + blue) >> 16;
        to += 3;
      }
    }
  }
}

/** Grey to packed RGB: the same value three times. */
export function gray8ToRgb(width: number, height: number, rowStride: number, data: Uint8Array, rgb: Uint8Array): void {
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * rowStride;
    for (let x = 0; x < width; x++) {
      const value = data[row + x]!;
      rgb[to] = value;
      rgb[to + 1] = value;
      rgb[to + 2] = value;
      to += 3;
    }
  }
}

function tablesFor(format: I420): YuvTables {
  const key = `${format.matrix} ${format.range}`;
  const kept = tablesKept.get(key);
  if (kept) return kept;
  const tables = makeTables(format);
  tablesKept.set(key, tables);
  return tables;
}

function makeTables({ matrix, range }: I420): YuvTables {
  const { red, blue } = LUMA_WEIGHTS[matrix];
  const green = 1 - red - blue;
  const [lumaScale, lumaZero, chromaScale] = range === 'full' ? [1, 0, 1] : [255 / 219, 16, 255 / 224];
  const ofChroma = (factor: number): Int32Array => {
    const fixed = Math.round(factor * chromaScale * 65536);
    return Int32Array.from({ length: 256 }, (_, value) => fixed * (value - 128));
  };
  return {
    luma: Int32Array.from({ length: 256 }, (_, value) => Math.round((value - lumaZero) * lumaScale * 65536) + 32768),
    redOfV: ofChroma(2 * (1 - red)),
    greenOfU: ofChroma((-2 * blue * (1 - blue)) / green),
    greenOfV: ofChroma((-2 * red * (1 - red)) / green),
    blueOfU: ofChroma(2 * (1 - blue)),
  };
}
