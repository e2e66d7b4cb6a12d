import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rect, Size } from '../../src/prepare/picture.js';
import { createResizer } from '../../src/prepare/resize.js';
import { fixture, noise, packedView, sha256 } from './generated.js';

interface ResizeCase {
  from: [number, number];
  to: [number, number];
  sha256: string;
}

const side = fc.integer({ min: 1, max: 60 });
const size = fc.record({ width: side, height: side });

function resized(from: Size, pixels: Uint8Array, to: Size, window: Rect = { x: 0, y: 0, ...to }): Uint8Array {
  const data = new Uint8Array(window.width * window.height * 3);
  createResizer().resize(packedView(from, pixels), to, window, { data, offset: 0, rowBytes: window.width * 3 });
  return data;
}

const noisePicture = ({ width, height }: Size): Uint8Array => noise(width * height * 3);

describe('resize equals Pillow', () => {
  test.each(fixture<ResizeCase>('resize'))('$from to $to', ({ from, to, sha256: expected }) => {
    const source = { width: from[0], height: from[1] };
    expect(sha256(resized(source, noisePicture(source), { width: to[0], height: to[1] }))).toBe(expected);
  });
});

describe('resize, for any sizes', () => {
  test('one colour stays that colour', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 255 }))),
        (from, to, colour) => {
          const pixels = Uint8Array.from({ length: from.width * from.height * 3 }, (_, i) => colour[i % 3]!);
          const out = resized(from, pixels, to);
          expect(out.every((value, i) => value === colour[i % 3])).toBe(true);
        },
      ),
    );
  });

  test('the same size gives the same pixels', () => {
    fc.assert(
      fc.property(size, (same) => {
        expect(resized(same, noisePicture(same), same)).toEqual(noisePicture(same));
      }),
    );
  });

  test('a window is what cropping the whole would give', () => {
    const cut = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    const span = ([a, b]: [number, number], length: number): [number, number] => {
      const first = Math.floor(Math.min(a, b) * (length - 1));
      return [first, Math.floor(Math.max(a, b) * (length - 1)) - first + 1];
    };
    fc.assert(
      fc.property(size, size, cut, cut, (from, to, across, down) => {
        const [x, width] = span(across, to.width);
        const [y, height] = span(down, to.height);
        const whole = resized(from, noisePicture(from), to);
        const part = resized(from, noisePicture(from), to, { x, y, width, height });
        for (let row = 0; row < height; row++) {
          const start = ((y + row) * to.width + x) * 3;
          expect(part.subarray(row * width * 3, (row + 1) * width * 3)).toEqual(
            whole.subarray(start, start + width * 3),
          );
        }
      }),
    );
  });

  test('a window may start and end on the centre of a pixel', () => {
    const from = { width: 4, height: 3 };
    const to = { width: 12, height: 9 };
    const whole = resized(from, noisePicture(from), to);
    for (let y = 0; y < to.height; y++) {
      for (let x = 0; x < to.width; x++) {
        const pixel = (y * to.width + x) * 3;
        const window = { x, y, width: Math.min(4, to.width - x), height: 1 };
        const part = resized(from, noisePicture(from), to, window);
        expect(part).toEqual(whole.subarray(pixel, pixel + window.width * 3));
        const down = { x, y, width: 1, height: Math.min(4, to.height - y) };
        expect(resized(from, noisePicture(from), to, down)[0]).toBe(whole[pixel]);
      }
    }
  });

  test('one resizer gives the same for changing sizes as a new one for each', () => {
    const resizer = createResizer();
    fc.assert(
      fc.property(size, size, (from, to) => {
        const data = new Uint8Array(to.width * to.height * 3);
        const window = { x: 0, y: 0, ...to };
        const into = { data, offset: 0, rowBytes: to.width * 3 };
        resizer.resize(packedView(from, noisePicture(from)), to, window, into);
        expect(data).toEqual(resized(from, noisePicture(from), to));
      }),
    );
  });
});
