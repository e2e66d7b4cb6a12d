import { deviceError, type EdgeError } from '../errors.js';
import { createGather } from './gather.js';
import { PIPE_HEADER_BYTES, type PipeHeader, readPipeHeader, startsFourcc } from './pipe-header.js';
import type { Splitter } from './split-y4m.js';

/** Looking for a header costs time for each byte, so a producer that writes something else altogether is given up. */
const MOST_SKIPPED_BYTES = 1024 * 1024;

export interface PipeSplitter extends Splitter {
  /** The producer went away: what is unfinished is no frame. */
  reset(): void;
}

/** Makes a splitter for one producer. */
export type ProducerSplitter = () => PipeSplitter;

/**
 * Frames behind 24-byte headers. Bytes that can't be a header are skipped until the next header, and a run
 * of them is reported once; so a producer that died in mid-frame costs at most the frames that its rest swallows.
 */
export function createPipeSplitter(
  onFrame: (header: PipeHeader, data: Buffer, firstByteNs: bigint) => void,
  onCorrupt: (reason: string) => void,
  nowNs: () => bigint,
): PipeSplitter {
  const window = Buffer.alloc(PIPE_HEADER_BYTES);
  let filled = 0;
  let skipped = 0;
  let header: PipeHeader | null = null;
  let firstByteNs = 0n;
  const payload = createGather();

  const reportSkipped = (): void => {
    if (skipped > 0) onCorrupt(`${skipped} bytes that are no frame header`);
    skipped = 0;
  };

  const finishHeader = (found: PipeHeader): void => {
    reportSkipped();
    header = found;
    filled = 0;
    payload.want(found.payloadBytes);
  };

  return {
    push(chunk) {
      const chunkNs = nowNs();
      for (let offset = 0; offset < chunk.length; ) {
        if (header === null) {
          if (filled === 0) firstByteNs = chunkNs;
          const taken = chunk.copy(window, filled, offset);
          filled += taken;
          offset += taken;
          if (filled < PIPE_HEADER_BYTES) continue;
          const found = readPipeHeader(window, 0);
          if (found !== null) {
            finishHeader(found);
          } else {
            const next = nextCandidate(window);
            window.copy(window, 0, next);
            filled -= next;
            skipped += next;
            firstByteNs = chunkNs;
            if (skipped > MOST_SKIPPED_BYTES) throw notFrames(skipped);
          }
          continue;
        }
        offset = payload.feed(chunk, offset);
        const data = payload.piece();
        if (data === null) continue;
        const complete = header;
        header = null;
        if (complete.format.kind === 'jpeg' && data.readUInt16BE(0) !== JPEG_START)
          onCorrupt('MJPG payload that is no JPEG');
        else onFrame(complete, data, firstByteNs);
      }
    },
    reset() {
      reportSkipped();
      if (header !== null || filled > 0) onCorrupt('the producer left in the middle of a frame');
      header = null;
      filled = 0;
    },
  };
}

/** Where in the window the next header may begin: at a byte that begins a fourcc, or after all of it. */
function nextCandidate(window: Buffer): number {
  for (let at = 1; at < window.length; at++) if (startsFourcc(window[at] ?? 0)) return at;
  return window.length;
}

const JPEG_START = 0xffd8;

function notFrames(bytes: number): EdgeError {
  return deviceError(
    'source-garbage',
    `the producer wrote ${bytes} bytes without one frame header: expected 24 bytes before each frame, beginning with RGB3, GREY, YU12 or MJPG (docs/sources.md)`,
    { bytes },
  );
}
