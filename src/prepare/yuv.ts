import type { PictureFormat } from '../frame.js';
import { CLIP_ZERO, CLIPPED } from './clip.js';

type I420 = Extract<PictureFormat, { kind: 'i420' }>;

/** Fixed-point factors, 16 bits after the point. */
interface YuvFactors {
  readonly luma: number;
  readonly lumaZero: number;
  readonly redOfV: number;
  readonly greenOfU: number;
  readonly greenOfV: number;
  readonly blueOfU: number;
}

/** Luma weights of red and blue (ITU-R BT.601 and BT.709). */
const LUMA_WEIGHTS = { bt601: { red: 0.299, blue: 0.114 }, bt709: { red: 0.2126, blue: 0.0722 } };

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
  const factors = factorsFor(format);
  const chromaStride = chromaStrideOf(format);
  const uPlane = rowStride * height;
  const vPlane = uPlane + chromaStride * ((height + 1) >> 1);
  for (let y = 0; y < height; y++) {
    const chromaRow = (y >> 1) * chromaStride;
    rowToRgb(data, y * rowStride, uPlane + chromaRow, vPlane + chromaRow, width, factors, rgb, y * width * 3);
  }
}

function rowToRgb(
  data: Uint8Array,
  lumaRow: number,
  uRow: number,
  vRow: number,
  width: number,
  factors: YuvFactors,
  rgb: Uint8Array,
  rgbRow: number,
): void {
  const { luma, lumaZero, redOfV, greenOfU, greenOfV, blueOfU } = factors;
  const clipped = CLIPPED;
  const zero = ((CLIP_ZERO << 16) + 32768 - Math.imul(lumaZero, luma)) | 0;
  let to = rgbRow;
  for (let x = 0; x < width; x += 2) {
    const u = data[uRow + (x >> 1)]! - 128;
    const v = data[vRow + (x >> 1)]! - 128;
    const red = (zero + Math.imul(redOfV, v)) | 0;
    const green = (zero + Math.imul(greenOfU, u) + Math.imul(greenOfV, v)) | 0;
    const blue = (zero + Math.imul(blueOfU, u)) | 0;
    const left = Math.imul(data[lumaRow + x]!, luma);
    rgb[to] = clipped[(left + red) >> 16]!;
    rgb[to + 1] = clipped[(left + green) >> 16]!;
    rgb[to + 2] = clipped[(left + blue) >> 16]!;
    if (x + 1 < width) {
      const right = Math.imul(data[lumaRow + x + 1]!, luma);
      rgb[to + 3] = clipped[(right + red) >> 16]!;
      rgb[to + 4] = clipped[(right + green) >> 16]!;
      rgb[to + 5] = clipped[(right + blue) >> 16]!;
    }
    to += 6;
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

function factorsFor({ matrix, range }: I420): YuvFactors {
  const { red, blue } = LUMA_WEIGHTS[matrix];
  const green = 1 - red - blue;
  const [lumaScale, chromaScale] = range === 'full' ? [1, 1] : [255 / 219, 255 / 224];
  const fixed = (factor: number): number => Math.round(factor * 65536);
  return {
    luma: fixed(lumaScale),
    lumaZero: range === 'full' ? 0 : 16,
    redOfV: fixed(2 * (1 - red) * chromaScale),
    greenOfU: fixed(((-2 * blue * (1 - blue)) / green) * chromaScale),
    greenOfV: fixed(((-2 * red * (1 - red)) / green) * chromaScale),
    blueOfU: fixed(2 * (1 - blue) * chromaScale),
  };
}
