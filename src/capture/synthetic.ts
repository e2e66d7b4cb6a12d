import { type Clock, nsToMs } from '../clock.js';
import type { PictureFormat } from '../frame.js';
import type { Scheme } from './scheme.js';
import type { Source } from './source.js';
import { evenSide, integerBetween, numberBetween, readOptions } from './source-url.js';
import { waitMs } from './wait.js';

const OPTIONS = {
  fps: numberBetween(0.01, 1000),
  width: integerBetween(16, 8192),
  height: integerBetween(16, 8192),
  frames: integerBetween(1, 0xffffffff),
};
const DEFAULT_FPS = 10;

/** Frames that show their own number, for trying things out without a camera and for tests that follow single frames. */
export const synthetic: Scheme = {
  usage: 'synthetic:?fps=10&width=640&height=480&frames=100',
  credentials: false,
  open(url, request, tools) {
    const options = readOptions(url, OPTIONS);
    const fps = options.fps ?? request.fps ?? DEFAULT_FPS;
    const width = evenSide(options.width ?? request.width);
    const height = evenSide(options.height ?? request.height);
    const frames = options.frames ?? Number.POSITIVE_INFINITY;
    return {
      source: syntheticSource(width, height, fps, frames, tools.clock),
      expectedFps: fps,
      waitsForProducer: false,
    };
  },
};

function syntheticSource(width: number, height: number, fps: number, frames: number, clock: Clock): Source {
  const format: PictureFormat = { kind: 'i420', width, height, rowStride: width, range: 'full', matrix: 'bt601' };
  let seq = 0;
  return {
    async run(sink, signal) {
      // Mid-gray in all three planes.
      const data = Buffer.alloc((width * height * 3) / 2, 128);
      const periodMs = 1000 / fps;
      const startMs = nsToMs(clock.monotonicNs());
      for (let tick = 0; seq < frames; ) {
        if (!(await waitMs(Math.max(0, startMs + tick * periodMs - nsToMs(clock.monotonicNs())), signal))) return;
        const captured = { monotonicNs: clock.monotonicNs(), source: 'sensor' } as const;
        paintNumber(data, width, height, seq);
        sink.frame({ seq, format, data, captured });
        // Ticks that have passed meanwhile are frames that were lost: their numbers are skipped.
        const next = Math.max(tick + 1, Math.floor((nsToMs(clock.monotonicNs()) - startMs) / periodMs));
        seq += next - tick;
        tick = next;
      }
    },
  };
}

/** A square of 6 x 6 black and white cells in the middle of the picture, 0.6 of its short side: cropping, scaling and letterboxing leave it readable. */
const CELLS = 6;
const SQUARE_SHARE = 0.6;

interface Cells {
  readonly left: number;
  readonly top: number;
  readonly cell: number;
}

function cellsOf(width: number, height: number): Cells {
  const side = SQUARE_SHARE * Math.min(width, height);
  return { left: (width - side) / 2, top: (height - side) / 2, cell: side / CELLS };
}

/** 32 bits of the number, then its sum of bytes modulo 16 as a check. */
function bitsOf(number: number): bigint {
  let check = 0;
  for (let shift = 0; shift < 32; shift += 8) check += (number >>> shift) & 0xff;
  return (BigInt(number >>> 0) << 4n) | BigInt(check & 0xf);
}

function paintNumber(luma: Uint8Array, width: number, height: number, number: number): void {
  const { left, top, cell } = cellsOf(width, height);
  const bits = bitsOf(number);
  for (let index = 0; index < CELLS * CELLS; index++) {
    const value = (bits >> BigInt(index)) & 1n ? 255 : 0;
    const x0 = Math.round(left + (index % CELLS) * cell);
    const x1 = Math.round(left + ((index % CELLS) + 1) * cell);
    const y0 = Math.round(top + Math.floor(index / CELLS) * cell);
    const y1 = Math.round(top + (Math.floor(index / CELLS) + 1) * cell);
    for (let y = y0; y < y1; y++) luma.fill(value, y * width + x0, y * width + x1);
  }
}

/**
 * The number of a frame of `synthetic:`, read from its luma, or from any of its colours, wherever the picture has
 * gone: `at(x, y)` is a value from 0 to 255. null when the picture does not show one.
 */
export function readSyntheticNumber(
  at: (x: number, y: number) => number,
  width: number,
  height: number,
): number | null {
  const { left, top, cell } = cellsOf(width, height);
  let bits = 0n;
  for (let index = 0; index < CELLS * CELLS; index++) {
    const x = Math.floor(left + ((index % CELLS) + 0.5) * cell);
    const y = Math.floor(top + (Math.floor(index / CELLS) + 0.5) * cell);
    if (at(x, y) > 127) bits |= 1n << BigInt(index);
  }
  const number = Number(bits >> 4n);
  return bitsOf(number) === bits ? number : null;
}
