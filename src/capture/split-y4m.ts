import { deviceError, type EdgeError } from '../errors.js';
import type { PictureFormat } from '../frame.js';
import { createGather } from './gather.js';

/** Called with a frame's bytes, valid during the call, and when its first byte was seen. */
export type OnPicture = (format: PictureFormat, data: Buffer, firstByteNs: bigint) => void;

export interface Splitter {
  push(chunk: Buffer): void;
}

/** Longest line in the stream: ffmpeg's header has about 70 bytes. */
const LONGEST_LINE = 512;
const LARGEST_SIDE = 8192;
const NEWLINE = 0x0a;

/**
 * YUV4MPEG2, which ffmpeg writes with `-f yuv4mpegpipe`: one header line that tells the size and the range, then per
 * frame a line `FRAME` and the planes. Only 4:2:0 with 8 bits and even sides. The stream comes from one program of our
 * own choice, so anything else is thrown as a device error, and the program is started again.
 * https://wiki.multimedia.cx/index.php/YUV4MPEG2
 */
export function createY4mSplitter(onPicture: OnPicture, nowNs: () => bigint): Splitter {
  const line = Buffer.alloc(LONGEST_LINE);
  let lineLength = 0;
  let state: 'header' | 'frameLine' | 'planes' = 'header';
  let format: PictureFormat | null = null;
  let frameBytes = 0;
  let firstByteNs = 0n;
  const planes = createGather();

  /** Takes one line; its text once the newline has come. */
  const feedLine = (chunk: Buffer, offset: number): { readonly next: number; readonly text: string | null } => {
    const newline = chunk.indexOf(NEWLINE, offset);
    const stop = newline === -1 ? chunk.length : newline;
    if (lineLength + stop - offset > LONGEST_LINE) throw garbage('a line of text', line.toString('latin1', 0, 40));
    lineLength += chunk.copy(line, lineLength, offset, stop);
    if (newline === -1) return { next: stop, text: null };
    const text = line.toString('latin1', 0, lineLength);
    lineLength = 0;
    return { next: newline + 1, text };
  };

  return {
    push(chunk) {
      const chunkNs = nowNs();
      for (let offset = 0; offset < chunk.length; ) {
        if (state === 'planes') {
          offset = planes.feed(chunk, offset);
          const piece = planes.piece();
          if (piece === null || format === null) continue;
          state = 'frameLine';
          onPicture(format, piece, firstByteNs);
          continue;
        }
        if (lineLength === 0) firstByteNs = chunkNs;
        const { next, text } = feedLine(chunk, offset);
        offset = next;
        if (text === null) continue;
        if (state === 'header') {
          ({ format, frameBytes } = parseHeader(text));
          state = 'frameLine';
        } else {
          if (!/^FRAME( |$)/.test(text)) throw garbage('FRAME', text);
          planes.want(frameBytes);
          state = 'planes';
        }
      }
    },
  };
}

function parseHeader(text: string): { readonly format: PictureFormat; readonly frameBytes: number } {
  const [magic, ...tags] = text.split(' ');
  const tag = (letter: string): string | undefined =>
    tags.find((each) => each.startsWith(letter))?.slice(letter.length);
  const width = Number(tag('W'));
  const height = Number(tag('H'));
  const sound = [width, height].every(
    (side) => Number.isInteger(side) && side > 0 && side <= LARGEST_SIDE && side % 2 === 0,
  );
  // 420jpeg, 420mpeg2 and 420paldv differ in where chroma was sampled; 420p10 and the like have more bits.
  const chroma = tag('C') ?? '420jpeg';
  if (magic !== 'YUV4MPEG2' || !sound || !/^420(jpeg|mpeg2|paldv)?$/.test(chroma)) {
    throw garbage('a YUV4MPEG2 header with even sides and 4:2:0', text);
  }
  const range = tag('XCOLORRANGE=') === 'FULL' ? 'full' : 'limited';
  return {
    format: { kind: 'i420', width, height, rowStride: width, range, matrix: 'bt601' },
    frameBytes: (width * height * 3) / 2,
  };
}

function garbage(expected: string, found: string): EdgeError {
  const shown = JSON.stringify(found.slice(0, 60));
  return deviceError('source-garbage', `the video stream is damaged: expected ${expected}, found ${shown}`, {
    expected,
    found: shown,
  });
}
