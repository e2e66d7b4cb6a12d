import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFixedSplitter } from '../../src/capture/split-frames.js';
import { createPipeSplitter } from '../../src/capture/split-pipe.js';
import { createY4mSplitter, type Splitter } from '../../src/capture/split-y4m.js';
import { pipeFrame } from './support.js';

/** Pushes the stream in chunks of the given sizes, over and over; each chunk is overwritten after its push, as a reused read buffer would be. */
function pushInChunks(splitter: Splitter, stream: Buffer, sizes: readonly number[]): void {
  for (let at = 0, turn = 0; at < stream.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    const chunk = Buffer.from(stream.subarray(at, at + size));
    splitter.push(chunk);
    chunk.fill(0xee);
    at += size;
  }
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });
const ticking = (): (() => bigint) => {
  let ns = 0n;
  return () => ++ns;
};

const unexpected = (): void => expect.fail('not expected here');

describe('YUV4MPEG2', () => {
  const header = 'YUV4MPEG2 W8 H4 F20:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2 XCOLORRANGE=FULL\n';
  const frame = (planes: Uint8Array): Buffer => Buffer.concat([Buffer.from('FRAME\n'), planes]);
  const planes = fc.uint8Array({ minLength: 48, maxLength: 48 });

  it('gives back the planes, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(planes, { maxLength: 6 }), chunkSizes, (pictures, sizes) => {
        const found: string[] = [];
        const stamps: bigint[] = [];
        const splitter = createY4mSplitter((format, data, firstByteNs) => {
          expect(format).toEqual({ kind: 'i420', width: 8, height: 4, rowStride: 8, range: 'full', matrix: 'bt601' });
          found.push(data.toString('hex'));
          stamps.push(firstByteNs);
        }, ticking());
        pushInChunks(splitter, Buffer.concat([Buffer.from(header), ...pictures.map(frame)]), sizes);
        expect(found).toEqual(pictures.map((picture) => Buffer.from(picture).toString('hex')));
        expect(stamps).toEqual([...stamps].sort((a, b) => Number(a - b)));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['other bytes', 'RIFF....AVI '.repeat(100)],
    ['no newline', 'Y'.repeat(600)],
    ['odd sides', 'YUV4MPEG2 W7 H4 F20:1 C420\n'],
    ['no width', 'YUV4MPEG2 H4 F20:1 C420\n'],
    ['endless width', 'YUV4MPEG2 W99999998 H4 C420\n'],
    ['4:4:4', 'YUV4MPEG2 W8 H4 C444\n'],
    ['ten bits', 'YUV4MPEG2 W8 H4 C420p10\n'],
    ['a slip between frames', `${header}FRAME\n${'x'.repeat(48)}xFRAME\n`],
  ])('fails clearly on %s', (_name, text) => {
    const splitter = createY4mSplitter(() => undefined, ticking());
    expect(() => pushInChunks(splitter, Buffer.from(text), [64])).toThrow(
      expect.objectContaining({ family: 'device', code: 'source-garbage' }),
    );
  });

  it('takes a header without range as limited, and frame parameters as a frame', () => {
    const ranges: string[] = [];
    const splitter = createY4mSplitter((format) => ranges.push('range' in format ? format.range : ''), ticking());
    splitter.push(Buffer.from(`YUV4MPEG2 W8 H4 F20:1\nFRAME Ip\n${'x'.repeat(48)}`));
    expect(ranges).toEqual(['limited']);
  });
});

describe('frames of one size', () => {
  it('are the stream cut into pieces, and the rest waits', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.integer({ min: 1, max: 60 }),
        chunkSizes,
        (bytes, size, sizes) => {
          const found: Buffer[] = [];
          const splitter = createFixedSplitter(size, (data) => found.push(Buffer.from(data)), ticking());
          pushInChunks(splitter, Buffer.from(bytes), sizes);
          expect(found.every((piece) => piece.length === size)).toBe(true);
          const whole = bytes.length - (bytes.length % size);
          expect(Buffer.concat(found).toString('hex')).toBe(Buffer.from(bytes.subarray(0, whole)).toString('hex'));
        },
      ),
    );
  });
});

describe('frames behind 24-byte headers', () => {
  interface Piece {
    readonly bytes: Buffer;
    readonly seq: number | null;
  }
  const frame: fc.Arbitrary<Piece> = fc
    .record({
      seq: fc.nat(1000),
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      value: fc.nat(255),
    })
    .map(({ seq, width, height, value }) => ({
      seq,
      bytes: pipeFrame('GREY', seq, width, height, Buffer.alloc(width * height, value)),
    }));
  // Without the letter that every fourcc but YU12 and MJPG begins with, and without those letters: no accidental header.
  const garbage: fc.Arbitrary<Piece> = fc
    .uint8Array({ minLength: 1, maxLength: 80 })
    .map((bytes) => ({ seq: null, bytes: Buffer.from(bytes.map((byte) => byte | 0x80)) }));

  it('finds every frame between garbage, however the stream is cut, and counts each run of garbage once', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(frame, garbage), { maxLength: 12 }), chunkSizes, (pieces, sizes) => {
        const found: number[] = [];
        const corrupt: string[] = [];
        const splitter = createPipeSplitter(
          (header) => found.push(header.seq),
          (reason) => corrupt.push(reason),
          ticking(),
        );
        pushInChunks(splitter, Buffer.concat(pieces.map(({ bytes }) => bytes)), sizes);
        splitter.reset();
        expect(found).toEqual(pieces.flatMap(({ seq }) => seq ?? []));
        const runs = pieces.filter(({ seq }, n) => seq === null && (n === 0 || pieces[n - 1]?.seq !== null)).length;
        expect(corrupt.length).toBeGreaterThanOrEqual(runs);
        expect(corrupt.length).toBeLessThanOrEqual(runs + 1);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['RGB3', 2, 3, 18, { kind: 'rgb24', width: 2, height: 3, rowStride: 6 }],
    ['GREY', 5, 3, 15, { kind: 'gray8', width: 5, height: 3, rowStride: 5 }],
    ['YU12', 4, 2, 12, { kind: 'i420', width: 4, height: 2, rowStride: 4, range: 'full', matrix: 'bt601' }],
  ] as const)('reads %s', (fourcc, width, height, bytes, format) => {
    const found: unknown[] = [];
    const splitter = createPipeSplitter(
      (header, data) => found.push(header.format, data.length),
      expect.fail,
      ticking(),
    );
    splitter.push(pipeFrame(fourcc, 7, width, height, Buffer.alloc(bytes)));
    expect(found).toEqual([format, bytes]);
  });

  it('takes MJPG of any size that begins as a JPEG, and counts one that does not', () => {
    const found: number[] = [];
    const corrupt: string[] = [];
    const splitter = createPipeSplitter(
      (header) => found.push(header.seq),
      (reason) => corrupt.push(reason),
      ticking(),
    );
    splitter.push(pipeFrame('MJPG', 1, 0, 0, Buffer.from([0xff, 0xd8, 0xff, 0xd9])));
    splitter.push(pipeFrame('MJPG', 2, 0, 0, Buffer.from('no JPEG at all')));
    splitter.push(pipeFrame('MJPG', 3, 0, 0, Buffer.from([0xff, 0xd8, 1, 2, 3])));
    expect(found).toEqual([1, 3]);
    expect(corrupt).toHaveLength(1);
  });

  it.each([
    ['a payload of the wrong size', pipeFrame('RGB3', 1, 2, 2, Buffer.alloc(11))],
    ['an empty payload', pipeFrame('GREY', 1, 0, 0, Buffer.alloc(0))],
    ['odd sides for YU12', pipeFrame('YU12', 1, 3, 2, Buffer.alloc(9))],
    ['an unknown fourcc', pipeFrame('NV12', 1, 2, 2, Buffer.alloc(6))],
  ])('refuses %s', (_name, bytes) => {
    const corrupt: string[] = [];
    const splitter = createPipeSplitter(unexpected, (reason) => corrupt.push(reason), ticking());
    splitter.push(bytes);
    splitter.reset();
    expect(corrupt.length).toBeGreaterThan(0);
  });

  it('gives up a producer that writes something else altogether', () => {
    const splitter = createPipeSplitter(unexpected, () => undefined, ticking());
    const chunk = Buffer.alloc(65_536, 0x55);
    expect(() => {
      for (let n = 0; n < 20; n++) splitter.push(chunk);
    }).toThrow(expect.objectContaining({ code: 'source-garbage' }));
  });
});
