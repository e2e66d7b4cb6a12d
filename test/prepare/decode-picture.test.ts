import { describe, expect, test } from 'vitest';
import { EdgeError } from '../../src/errors.js';
import { decodePicture } from '../../src/prepare/decode-picture.js';
import { pictureFormatOf } from '../../src/prepare/picture-format.js';
import { createReusableBuffer } from '../../src/prepare/reusable-buffer.js';
import { fixture, sha256 } from './generated.js';

interface PictureCase {
  name: string;
  size: [number, number];
  sha256: string;
  file: string;
}

const pictures = fixture<PictureCase>('pictures');
const bytesOf = (picture: { file: string }): Uint8Array => Buffer.from(picture.file, 'base64');
const named = (name: string): Uint8Array => bytesOf(pictures.find((picture) => picture.name === name)!);

function decodeFile(bytes: Uint8Array) {
  const format = pictureFormatOf(bytes);
  if (format === null) throw new Error('no picture');
  return decodePicture(format, bytes, createReusableBuffer());
}

describe('a picture file decodes to the pixels that Pillow reads', () => {
  test.each(pictures)('$name', (picture) => {
    const { width, height, data } = decodeFile(bytesOf(picture));
    expect([width, height]).toEqual(picture.size);
    expect(sha256(data)).toBe(picture.sha256);
  });

  test('one memory serves pictures of all sizes', () => {
    const memory = createReusableBuffer();
    for (const picture of [...pictures, ...[...pictures].reverse()]) {
      const bytes = bytesOf(picture);
      expect(sha256(decodePicture(pictureFormatOf(bytes)!, bytes, memory).data)).toBe(picture.sha256);
    }
  });
});

describe('a picture that can not be used is refused as frame-corrupt', () => {
  const jpeg = named('jpeg 4:2:0');
  const png = named('png colour, 8 bit');
  const ppm = named('ppm');
  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = Uint8Array.from(bytes);
    copy[at] = value;
    return copy;
  };
  test.each<[string, Uint8Array, RegExp]>([
    ['JPEG cut in the middle', jpeg.subarray(0, jpeg.length >> 1), /Premature end/],
    ['JPEG cut in its header', jpeg.subarray(0, 40), /JPEG/],
    [
      'JPEG of huge size',
      changed(changed(jpeg, jpeg.indexOf(0xc0) + 4, 0xff), jpeg.indexOf(0xc0) + 6, 0xff),
      /expected 1 to/,
    ],
    ['PNG cut in the middle', png.subarray(0, png.length >> 1), /PNG/],
    ['PNG cut in its header', png.subarray(0, 20), /expected 29 bytes, received 20/],
    ['PNG with a wrong byte', changed(png, png.length - 30, png[png.length - 30]! ^ 1), /PNG/],
    ['PNG of huge size', changed(png, 16, 0xff), /expected 1 to/],
    ['PPM cut in the middle', ppm.subarray(0, 30), /expected 56 bytes, received 30/],
    ['PPM without a size', Buffer.from('P6 \n'), /no width/],
    ['PPM of no size', Buffer.from('P6 0 3 255\n'), /0x3/],
    ...fixture<{ name: string; file: string }>('refused').map((picture): [string, Uint8Array, RegExp] => [
      picture.name,
      bytesOf(picture),
      /CMYK|not supported|8 bits/,
    ]),
  ])('%s', (_name, bytes, message) => {
    try {
      decodeFile(bytes);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(EdgeError);
      expect(thrown).toMatchObject({
        family: 'device',
        code: 'frame-corrupt',
        message: expect.stringMatching(message),
      });
      return;
    }
    expect.fail('it was decoded');
  });

  test.each([
    [{ kind: 'rgb24', width: 4, height: 2, rowStride: 16 }, 27],
    [{ kind: 'gray8', width: 4, height: 2, rowStride: 5 }, 8],
    [{ kind: 'i420', width: 3, height: 3, rowStride: 4, range: 'full', matrix: 'bt601' }, 19],
  ] as const)('too few bytes of %j', (format, bytes) => {
    expect(() => decodePicture(format, new Uint8Array(bytes), createReusableBuffer())).toThrow(
      expect.objectContaining({
        code: 'frame-corrupt',
        facts: expect.objectContaining({ received: bytes, expected: bytes + 1 }),
      }),
    );
  });

  test.each([
    { kind: 'rgb24', width: 4, height: 2, rowStride: 11 },
    { kind: 'gray8', width: 4, height: 2, rowStride: 3 },
    { kind: 'i420', width: 4, height: 2, rowStride: 3, range: 'full', matrix: 'bt601' },
  ] as const)('rows that overlap: %j', (format) => {
    expect(() => decodePicture(format, new Uint8Array(100), createReusableBuffer())).toThrow(
      expect.objectContaining({
        code: 'frame-corrupt',
        facts: expect.objectContaining({ rowStride: format.rowStride }),
      }),
    );
  });

  test('a JPEG with stray bytes between its parts, as some cameras send, is used', () => {
    const end = jpeg.length - 2;
    const padded = Buffer.concat([jpeg.subarray(0, end), Buffer.from([0, 0, 0]), jpeg.subarray(end)]);
    expect(decodeFile(padded).data).toEqual(decodeFile(jpeg).data);
  });
});

describe('kind of a picture by its first bytes', () => {
  test.each([
    ['jpeg', jpegStart(), 'jpeg'],
    ['png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'png'],
    ['colour ppm', Buffer.from('P6\n'), 'ppm'],
    ['grey ppm', Buffer.from('P5 #'), 'ppm'],
  ])('%s', (_name, bytes, kind) => {
    expect(pictureFormatOf(bytes)).toEqual({ kind });
  });

  test.each(['', 'P', 'P4\n', 'P6x', 'GIF89a', '\x89PNG'])('%j is none', (text) => {
    expect(pictureFormatOf(Buffer.from(text, 'latin1'))).toBeNull();
  });
});

function jpegStart(): Uint8Array {
  return Uint8Array.from([0xff, 0xd8, 0xff, 0xe0]);
}
