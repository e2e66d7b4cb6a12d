import type { CaptureStamp, PictureFormat } from '../frame.js';

/**
 * The 24 bytes, little-endian, before each frame on a `pipe:` source (docs/sources.md):
 * char[4] V4L2 fourcc, u32 sequence, u64 capture time in ns on CLOCK_MONOTONIC (0: unknown), u16 width, u16 height, u32 payload bytes.
 */
export const PIPE_HEADER_BYTES = 24;
const SMALLEST_JPEG_BYTES = 4;
const LARGEST_PAYLOAD_BYTES = 64 * 1024 * 1024;

export interface PipeHeader {
  readonly format: PictureFormat;
  readonly seq: number;
  readonly captureNs: bigint;
  readonly payloadBytes: number;
}

interface PixelFormat {
  /** Exact size of the payload; null: any. */
  readonly bytes: (width: number, height: number) => number | null;
  readonly format: (width: number, height: number) => PictureFormat;
}

/** V4L2 pixel formats, linux/videodev2.h. YU12 is taken as full-range BT.601, as cameras give it. */
const FOURCCS: Readonly<Record<string, PixelFormat>> = {
  RGB3: {
    bytes: (width, height) => 3 * width * height,
    format: (width, height) => ({ kind: 'rgb24', width, height, rowStride: 3 * width }),
  },
  GREY: {
    bytes: (width, height) => width * height,
    format: (width, height) => ({ kind: 'gray8', width, height, rowStride: width }),
  },
  YU12: {
    bytes: (width, height) => (width % 2 === 0 && height % 2 === 0 ? (width * height * 3) / 2 : 0),
    format: (width, height) => ({ kind: 'i420', width, height, rowStride: width, range: 'full', matrix: 'bt601' }),
  },
  MJPG: { bytes: () => null, format: () => ({ kind: 'jpeg' }) },
};

const FIRST_BYTES: ReadonlySet<number> = new Set(Object.keys(FOURCCS).map((fourcc) => fourcc.charCodeAt(0)));

export const startsFourcc = (byte: number): boolean => FIRST_BYTES.has(byte);

/** The header at `offset`, or null when these 24 bytes can't be one: this is also how lost synchronisation is found again. */
export function readPipeHeader(bytes: Buffer, offset: number): PipeHeader | null {
  const pixelFormat = FOURCCS[bytes.toString('latin1', offset, offset + 4)];
  if (pixelFormat === undefined) return null;
  const width = bytes.readUInt16LE(offset + 16);
  const height = bytes.readUInt16LE(offset + 18);
  const payloadBytes = bytes.readUInt32LE(offset + 20);
  const exact = pixelFormat.bytes(width, height);
  if (payloadBytes > LARGEST_PAYLOAD_BYTES || payloadBytes < (exact ?? SMALLEST_JPEG_BYTES)) return null;
  if (exact === 0 || (exact !== null && exact !== payloadBytes)) return null;
  return {
    format: pixelFormat.format(width, height),
    seq: bytes.readUInt32LE(offset + 4),
    captureNs: bytes.readBigUInt64LE(offset + 8),
    payloadBytes,
  };
}

/** Older than this, a producer's stamp is of another clock. */
const OLDEST_STAMP_NS = 10_000_000_000n;

/** The producer's own stamp when it can be true, else the arrival: 0, the future and the distant past can't. */
export function trustedStamp(captureNs: bigint, arrivalNs: bigint, nowNs: bigint): CaptureStamp {
  const believable = captureNs > 0n && captureNs <= nowNs && nowNs - captureNs <= OLDEST_STAMP_NS;
  return believable ? { monotonicNs: captureNs, source: 'producer' } : { monotonicNs: arrivalNs, source: 'arrival' };
}
