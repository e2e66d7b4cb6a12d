import { CLIP_ZERO, CLIPPED } from './clip.js';
import type { PixelView, Rect, Size } from './picture.js';
import { PRECISION_BITS, resampleTaps, type Taps } from './resample-taps.js';
import { createReusableBuffer } from './reusable-buffer.js';

/** One half in fixed point: the sums are rounded to nearest. */
const ROUNDING = 1 << (PRECISION_BITS - 1);

/** Where an output lies: its first byte and the distance of its rows. */
export interface Target {
  readonly data: Uint8Array;
  readonly offset: number;
  readonly rowBytes: number;
}

export interface Resizer {
  /**
   * Pillow's `resize(scaled, BICUBIC)` of RGB pixels, bit for bit (Resample.c: two passes, columns then rows, 8-bit
   * between them), of which only `window` is computed: the same bytes as resizing all of it and cropping.
   * Keeps its filters as long as the sizes stay, and its memory always.
   */
  resize(from: PixelView, scaled: Size, window: Rect, into: Target): void;
}

interface Axis {
  readonly key: string;
  readonly taps: Taps;
}

export function createResizer(): Resizer {
  const between = createReusableBuffer();
  let columns: Axis | null = null;
  let rows: Axis | null = null;
  let sums = new Int32Array(0);

  return {
    resize(from, scaled, window, into) {
      columns = axisFor(columns, from.width, scaled.width, window.x, window.width);
      rows = axisFor(rows, from.height, scaled.height, window.y, window.height);
      const { starts, lengths } = rows.taps;
      const last = window.height - 1;
      const firstRow = starts[0]!;
      const rowCount = starts[last]! + lengths[last]! - firstRow;
      const rowBytes = window.width * 3;
      const narrowed = between.take(rowCount * rowBytes);
      const source = { ...from, offset: from.offset + firstRow * from.yStep, height: rowCount };
      if (from.width === scaled.width) copyColumns(source, window, narrowed);
      else resizeColumns(source, columns.taps, window.width, narrowed);

      if (from.height === scaled.height) copyRows(narrowed, rowBytes, window.height, into);
      else {
        if (sums.length !== rowBytes) sums = new Int32Array(rowBytes);
        resizeRows(narrowed, firstRow, rows.taps, window.height, sums, into);
      }
    },
  };
}

function axisFor(kept: Axis | null, inSize: number, outSize: number, first: number, count: number): Axis {
  const key = `${inSize} ${outSize} ${first} ${count}`;
  return kept?.key === key ? kept : { key, taps: resampleTaps(inSize, outSize, first, count) };
}

function resizeColumns(from: PixelView, taps: Taps, width: number, into: Uint8Array): void {
  const { data, xStep, yStep, height } = from;
  const { starts, lengths, weights, stride } = taps;
  const clipped = CLIPPED;
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = from.offset + y * yStep;
    for (let x = 0; x < width; x++) {
      let pixel = row + starts[x]! * xStep;
      let k = x * stride;
      const end = k + lengths[x]!;
      let red = ROUNDING;
      let green = ROUNDING;
      let blue = ROUNDING;
      for (; k < end; k++) {
        const weight = weights[k]!;
        red = (red + Math.imul(data[pixel]!, weight)) | 0;
        green = (green + Math.imul(data[pixel + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[pixel + 2]!, weight)) | 0;
        pixel += xStep;
      }
      into[to] = clipped[CLIP_ZERO + (red >> PRECISION_BITS)]!;
      into[to + 1] = clipped[CLIP_ZERO + (green >> PRECISION_BITS)]!;
      into[to + 2] = clipped[CLIP_ZERO + (blue >> PRECISION_BITS)]!;
      to += 3;
    }
  }
}

function resizeRows(
  from: Uint8Array,
  firstRow: number,
  taps: Taps,
  height: number,
  sums: Int32Array,
  into: Target,
): void {
  const { starts, lengths, weights, stride } = taps;
  const rowBytes = sums.length;
  const clipped = CLIPPED;
  const out = into.data;
  for (let y = 0; y < height; y++) {
    sums.fill(ROUNDING);
    let row = (starts[y]! - firstRow) * rowBytes;
    let k = y * stride;
    const end = k + lengths[y]!;
    for (; k + 1 < end; k += 2) {
      addTwoRows(sums, from, row, weights[k]!, weights[k + 1]!);
      row += 2 * rowBytes;
    }
    if (k < end) addTwoRows(sums, from, row, weights[k]!, 0);
    const to = into.offset + y * into.rowBytes;
    for (let i = 0; i < rowBytes; i++) out[to + i] = clipped[CLIP_ZERO + (sums[i]! >> PRECISION_BITS)]!;
  }
}

function addTwoRows(sums: Int32Array, from: Uint8Array, row: number, weight: number, nextWeight: number): void {
  const rowBytes = sums.length;
  const next = nextWeight === 0 ? row : row + rowBytes;
  for (let i = 0; i < rowBytes; i++) {
    sums[i] = (sums[i]! + Math.imul(from[row + i]!, weight) + Math.imul(from[next + i]!, nextWeight)) | 0;
  }
}

function copyColumns(from: PixelView, window: Rect, into: Uint8Array): void {
  const { data, xStep, yStep, height } = from;
  let to = 0;
  for (let y = 0; y < height; y++) {
    let pixel = from.offset + y * yStep + window.x * xStep;
    for (let x = 0; x < window.width; x++) {
      into[to] = data[pixel]!;
      into[to + 1] = data[pixel + 1]!;
      into[to + 2] = data[pixel + 2]!;
      to += 3;
      pixel += xStep;
    }
  }
}

function copyRows(from: Uint8Array, rowBytes: number, height: number, into: Target): void {
  for (let y = 0; y < height; y++) {
    into.data.set(from.subarray(y * rowBytes, (y + 1) * rowBytes), into.offset + y * into.rowBytes);
  }
}
