import type { PictureFormat } from '../frame.js';
import { checkBytes, checkRows, checkSize } from './corrupt-picture.js';
import { decodeJpeg } from './jpeg.js';
import type { Picture, Size } from './picture.js';
import { decodePng } from './png.js';
import { decodePpm } from './ppm.js';
import type { ReusableBuffer } from './reusable-buffer.js';
import { gray8ToRgb, i420Bytes, i420ToRgb } from './yuv.js';

/**
 * The RGB pixels of a frame or picture file: `rgb24` as it is, everything else decoded into `memory`, which the result
 * points to. Throws the device error `frame-corrupt`.
 */
export function decodePicture(format: PictureFormat, data: Uint8Array, memory: ReusableBuffer): Picture {
  const take = (size: Size): Uint8Array => memory.take(size.width * size.height * 3);
  switch (format.kind) {
    case 'jpeg':
      return packed(decodeJpeg(data, take), memory);
    case 'png':
      return packed(decodePng(data, take), memory);
    case 'ppm':
      return packed(decodePpm(data, take), memory);
    case 'rgb24': {
      const { width, height, rowStride } = format;
      checkSize(format.kind, width, height);
      checkRows(format.kind, rowStride, width * 3);
      checkBytes(format.kind, rowStride * (height - 1) + width * 3, data.length);
      return { width, height, data, rowBytes: rowStride };
    }
    case 'gray8': {
      const { width, height, rowStride } = format;
      checkSize(format.kind, width, height);
      checkRows(format.kind, rowStride, width);
      checkBytes(format.kind, rowStride * (height - 1) + width, data.length);
      gray8ToRgb(width, height, rowStride, data, take(format));
      return packed(format, memory);
    }
    case 'i420':
      checkSize(format.kind, format.width, format.height);
      checkRows(format.kind, format.rowStride, format.width);
      checkBytes(format.kind, i420Bytes(format), data.length);
      i420ToRgb(format, data, take(format));
      return packed(format, memory);
  }
}

function packed({ width, height }: Size, memory: ReusableBuffer): Picture {
  return { width, height, data: memory.take(width * height * 3), rowBytes: width * 3 };
}
