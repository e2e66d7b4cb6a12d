import { CLIP_ZERO, CLIPPED } from './clip.js';
import { croppedView, type PixelView, type Rect, type Size } from './picture.js';
import { PRECISION_BITS, resampleTaps, type Taps } from './resample-taps.js';
import { createReusableBuffer } from './reusable-buffer.js';

export interface Resizer {
  /**
   * Pillow's `resize(scaled, BICUBIC)` of RGB pixels, bit for bit (Resample.c of Pillow 13: two passes with 8 bits
   * between them), of which only `window` is computed: the same bytes as resizing all of it and cropping. The output
   * starts at `offset` of `into`, its rows `rowBytes` apart. Keeps its filters while the sizes stay, its memory always.
   */
  resize(from: PixelView, scaled: Size, window: Rect, into: Target): void;
}

interface Target {
  readonly data: Uint8Array;
  readonly offset: number;
  readonly rowBytes: number;
}

/** One half in fixed point: sums are rounded to nearest. */
const ROUNDING = 1 << (PRECISION_BITS - 1);

export function createResizer(): Resizer {
  const memory = createReusableBuffer();
  let keptColumns: Axis | null = null;
  let keptRows: Axis | null = null;

  return {
    resize(from, scaled, window, into) {
      keptColumns = axisFor(keptColumns, from.width, scaled.width, window.x, window.width);
      keptRows = axisFor(keptRows, from.height, scaled.height, window.y, window.height);
      const columns = keptColumns.taps;
      const rows = keptRows.taps;
      if (rowsComeFirst(from, scaled)) {
        const { firstRead: x, countRead: width } = columns;
        const between = packed(memory.take(width * window.height * 3), width);
        resizeRows(croppedView(from, { x, y: 0, width, height: from.height }), rows, width, between);
        resizeColumns(viewOf(between, -x * 3), columns, window.height, into);
      } else {
        const { firstRead: y, countRead: height } = rows;
        const between = packed(memory.take(window.width * height * 3), window.width);
        resizeColumns(croppedView(from, { x: 0, y, width: from.width, height }), columns, height, between);
        resizeRows(viewOf(between, -y * between.rowBytes), rows, window.width, into);
      }
    },
  };
}

/** Since Pillow 13 the rows are resized first where that saves work; the order shows in the last bit. */
const rowsComeFirst = (from: Size, scaled: Size): boolean =>
  from.height > scaled.height && from.height - scaled.height > (from.width - scaled.width) * 2;

interface Axis {
  readonly key: string;
  readonly taps: Taps;
}

function axisFor(kept: Axis | null, inSize: number, outSize: number, first: number, count: number): Axis {
  const key = `${inSize} ${outSize} ${first} ${count}`;
  return kept?.key === key ? kept : { key, taps: resampleTaps(inSize, outSize, first, count) };
}

const packed = (data: Uint8Array, width: number): Target => ({ data, offset: 0, rowBytes: width * 3 });

/** What a kernel reads, from where pixel 0 would be if all were there; the taps read only what is. */
type Source = Pick<PixelView, 'data' | 'offset' | 'xStep' | 'yStep'>;

const viewOf = ({ data, rowBytes }: Target, offset: number): Source => ({ data, offset, xStep: 3, yStep: rowBytes });

function resizeColumns({ data, offset, xStep, yStep }: Source, taps: Taps, height: number, into: Target): void {
  const { starts, lengths, weights, stride } = taps;
  const width = starts.length;
  const clipped = CLIPPED;
  const out = into.data;
  for (let y = 0; y < height; y++) {
    const row = offset + y * yStep;
    let to = into.offset + y * into.rowBytes;
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
      out[to] = clipped[CLIP_ZERO + (red >> PRECISION_BITS)]!;
      out[to + 1] = clipped[CLIP_ZERO + (green >> PRECISION_BITS)]!;
      out[to + 2] = clipped[CLIP_ZERO + (blue >> PRECISION_BITS)]!;
      to += 3;
    }
  }
}

function resizeRows({ data, offset, xStep, yStep }: Source, taps: Taps, width: number, into: Target): void {
  const { starts, lengths, weights, stride } = taps;
  const height = starts.length;
  const clipped = CLIPPED;
  const out = into.data;
  for (let y = 0; y < height; y++) {
    const column = offset + starts[y]! * yStep;
    const first = y * stride;
    const end = first + lengths[y]!;
    let to = into.offset + y * into.rowBytes;
    for (let x = 0; x < width; x++) {
      let pixel = column + x * xStep;
      let red = ROUNDING;
      let green = ROUNDING;
      let blue = ROUNDING;
      for (let k = first; k < end; k++) {
        const weight = weights[k]!;
        red = (red + Math.imul(data[pixel]!, weight)) | 0;
        green = (green + Math.imul(data[pixel + 1]!, weight)) | 0;
        blue = (blue + Math.imul(data[pixel + 2]!, weight)) | 0;
        pixel += yStep;
      }
      out[to] = clipped[CLIP_ZERO + (red >> PRECISION_BITS)]!;
      out[to + 1] = clipped[CLIP_ZERO + (green >> PRECISION_BITS)]!;
      out[to + 2] = clipped[CLIP_ZERO + (blue >> PRECISION_BITS)]!;
      to += 3;
    }
  }
}
