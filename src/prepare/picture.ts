import type { Rotation } from '../frame.js';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rect extends Size {
  readonly x: number;
  readonly y: number;
}

/** Decoded pixels: RGB, one byte a channel, rows `rowBytes` apart. */
export interface Picture extends Size {
  readonly data: Uint8Array;
  readonly rowBytes: number;
}

/** A rectangle of a picture as it is looked at: turned, cropped, not copied. Steps are in bytes and may be negative. */
export interface PixelView extends Size {
  readonly data: Uint8Array;
  readonly offset: number;
  readonly xStep: number;
  readonly yStep: number;
}

/** The picture turned clockwise. */
export function rotatedView(picture: Picture, rotate: Rotation): PixelView {
  const { width, height, data, rowBytes } = picture;
  const lastRow = (height - 1) * rowBytes;
  const lastColumn = (width - 1) * 3;
  switch (rotate) {
    case 0:
      return { data, width, height, offset: 0, xStep: 3, yStep: rowBytes };
    case 90:
      return { data, width: height, height: width, offset: lastRow, xStep: -rowBytes, yStep: 3 };
    case 180:
      return { data, width, height, offset: lastRow + lastColumn, xStep: -3, yStep: -rowBytes };
    case 270:
      return { data, width: height, height: width, offset: lastColumn, xStep: rowBytes, yStep: -3 };
  }
}

export function croppedView(view: PixelView, rect: Rect): PixelView {
  const offset = view.offset + rect.x * view.xStep + rect.y * view.yStep;
  return { ...view, offset, width: rect.width, height: rect.height };
}

/** True when the view's bytes lie in memory just as the network wants them. */
export const isPacked = (view: PixelView): boolean => view.xStep === 3 && view.yStep === 3 * view.width;
