import { deviceError, type EdgeError, type ErrorFacts } from '../errors.js';

/** Largest picture that is decoded, in pixels: what a 48-megapixel camera delivers. Keeps a forged header from taking all memory. */
const MAX_PIXELS = 50_000_000;

/** The picture can't be used; the frame is dropped, the runner lives on. */
export function corruptPicture(kind: string, problem: string, facts: ErrorFacts = {}, cause?: unknown): EdgeError {
  const message = `This ${kind} picture can't be decoded: ${problem}. The frame is dropped; if it happens often, check the camera and its cable`;
  return deviceError('frame-corrupt', message, { kind, ...facts }, cause);
}

/** Throws unless the size that a picture's header states can be decoded. */
export function checkSize(kind: string, width: number, height: number): void {
  if (width >= 1 && height >= 1 && width * height <= MAX_PIXELS) return;
  throw corruptPicture(kind, `its size is ${width}x${height}, expected 1 to ${MAX_PIXELS} pixels`, { width, height });
}

/** Throws unless at least `expected` bytes of pixels are there. */
export function checkBytes(kind: string, expected: number, received: number): void {
  if (received >= expected) return;
  throw corruptPicture(kind, `expected ${expected} bytes, received ${received}`, { expected, received });
}

/** Throws unless a row of `rowStride` bytes holds `rowBytes` of pixels. */
export function checkRows(kind: string, rowStride: number, rowBytes: number): void {
  if (rowStride >= rowBytes) return;
  const problem = `its rows are ${rowStride} bytes apart, expected at least ${rowBytes}`;
  throw corruptPicture(kind, problem, { rowStride, rowBytes });
}
