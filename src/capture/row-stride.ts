import { deviceError } from '../errors.js';
import type { Splitter } from './split-y4m.js';

const align = (value: number, to: number): number => Math.ceil(value / to) * to;

/**
 * The row strides that a Raspberry Pi's ISP may use for a width, in bytes of luma: none, 64 (up to Pi 4), 128 (Pi 5).
 * rpicam-vid writes the padding out and says nowhere how much it is (rpicam-apps#188). A width that is a multiple of 128 leaves no choice.
 */
export function strideCandidates(width: number): readonly number[] {
  return [...new Set([width, align(width, 64), align(width, 128)])];
}

/** Nothing came for so long: the program is between two frames. */
const IDLE_MS = 5;
const AGREEING_PAUSES = 2;
const MOST_PAUSES = 60;

export interface StrideFinder extends Splitter {
  close(): void;
}

/**
 * Finds the stride from the first frames: at a pause, whole frames have been written, so the bytes so far divide by the
 * size of a frame. The candidate that alone does so at two pauses is it, and the stream then stands at a frame's start.
 * The frames it looks at are lost. Throws a device error when the pauses never agree.
 */
export function createStrideFinder(width: number, height: number, onFound: (rowStride: number) => void): StrideFinder {
  const candidates = strideCandidates(width);
  let bytes = 0;
  let pauses = 0;
  let agreed = 0;
  let last: number | null = null;
  const pause = (): void => {
    pauses += 1;
    const fitting = candidates.filter((stride) => bytes % ((stride * height * 3) / 2) === 0);
    const [only] = fitting;
    if (fitting.length !== 1 || only === undefined) return;
    agreed = only === last ? agreed + 1 : 1;
    last = only;
    if (agreed === AGREEING_PAUSES) onFound(only);
  };
  let timer: NodeJS.Timeout | null = null;
  return {
    push(chunk) {
      bytes += chunk.length;
      if (pauses > MOST_PAUSES) throw strideUnknown(width, bytes);
      if (timer === null) timer = setTimeout(pause, IDLE_MS);
      else timer.refresh();
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

const strideUnknown = (width: number, bytes: number): Error =>
  deviceError(
    'source-stride',
    `the padding of the camera's rows can't be told from its first ${bytes} bytes: set a capture width that is a multiple of 128 (${align(width, 128)})`,
    { width, bytes },
  );
