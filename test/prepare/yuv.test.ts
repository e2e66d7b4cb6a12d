import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gray8ToRgb, i420Bytes, i420ToRgb } from '../../src/prepare/yuv.js';
import { noise } from './generated.js';

type Range = 'full' | 'limited';
type Matrix = 'bt601' | 'bt709';

const i420 = (width: number, height: number, range: Range, matrix: Matrix, rowStride = width) =>
  ({ kind: 'i420', width, height, rowStride, range, matrix }) as const;

const kinds: [Range, Matrix][] = [
  ['full', 'bt601'],
  ['full', 'bt709'],
  ['limited', 'bt601'],
  ['limited', 'bt709'],
];

/** The definition, in floating point. */
function colour([y, u, v]: readonly number[], range: Range, matrix: Matrix): number[] {
  const [kr, kb] = matrix === 'bt601' ? [0.299, 0.114] : [0.2126, 0.0722];
  const luma = range === 'full' ? y! : ((y! - 16) * 255) / 219;
  const scale = range === 'full' ? 1 : 255 / 224;
  const [cb, cr] = [(u! - 128) * scale, (v! - 128) * scale];
  const red = luma + 2 * (1 - kr) * cr;
  const blue = luma + 2 * (1 - kb) * cb;
  const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
  return [red, green, blue].map((value) => Math.min(Math.max(value, 0), 255));
}

function converted(format: ReturnType<typeof i420>, data: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(format.width * format.height * 3);
  i420ToRgb(format, data, rgb);
  return rgb;
}

describe.each(kinds)('I420 to RGB, %s range, %s', (range, matrix) => {
  test('every pixel is within 0.51 of the definition, at any size and stride', () => {
    const side = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1 }), (width, height, extra, seed) => {
        const format = i420(width, height, range, matrix, width + extra);
        const data = noise(i420Bytes(format), seed);
        const rgb = converted(format, data);
        const chromaStride = (format.rowStride + 1) >> 1;
        const uPlane = format.rowStride * height;
        const vPlane = uPlane + chromaStride * ((height + 1) >> 1);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const chroma = (y >> 1) * chromaStride + (x >> 1);
            const yuv = [data[y * format.rowStride + x]!, data[uPlane + chroma]!, data[vPlane + chroma]!];
            const exact = colour(yuv, range, matrix);
            for (const [channel, value] of exact.entries()) {
              expect(Math.abs(rgb[(y * width + x) * 3 + channel]! - value)).toBeLessThan(0.51);
            }
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('every pixel is within 2 levels of what ffmpeg makes', () => {
    const format = i420(64, 48, range, matrix);
    const data = noise(i420Bytes(format), 7).map((value, i) => (i < 64 * 48 ? 60 + (value >> 1) : 108 + (value % 40)));
    const scale = `scale=in_color_matrix=${matrix}:in_range=${range === 'full' ? 'pc' : 'tv'}:out_range=pc:flags=neighbor+full_chroma_int+accurate_rnd`;
    const raw = ['-f', 'rawvideo', '-s', '64x48', '-pix_fmt'];
    const args = [...raw, 'yuv420p', '-i', '-', '-vf', scale, ...raw.slice(0, 2), '-pix_fmt', 'rgb24', '-'];
    const theirs = execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...args], { input: data });
    const ours = converted(format, data);
    expect(theirs.length).toBe(ours.length);
    const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    expect(worst).toBeLessThanOrEqual(2);
  });
});

test('grey becomes the same red, green and blue, row padding left out', () => {
  const rgb = new Uint8Array(12);
  gray8ToRgb(2, 2, 3, Uint8Array.from([1, 2, 99, 3, 4, 99]), rgb);
  expect([...rgb]).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
});
