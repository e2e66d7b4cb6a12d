import { bugError } from '../errors.js';
import type { Frame } from '../frame.js';
import type { SourceFrame } from './source.js';

/** One kept, two with takers, one being written: more takers than that at once lose frames, not memory. */
const MOST_BUFFERS = 4;
/** Compressed frames differ in size: some room above the largest spares most of the growing. */
const GROWTH = 1.25;

/** The newest frame of one camera, in a few buffers that are reused and grow to the largest frame. */
export interface NewestFrame {
  /** Copies the frame in; true when an older one, or this one for want of a buffer, was given up for it. */
  put(frame: SourceFrame): boolean;
  /** The kept frame, which is then the caller's. */
  take(): Frame | null;
}

export function createNewestFrame(camera: string): NewestFrame {
  const free: Uint8Array[] = [];
  let buffers = 0;
  let kept: Frame | null = null;

  const bufferFor = (bytes: number): Uint8Array | null => {
    const buffer = free.pop() ?? null;
    if (buffer === null && buffers === MOST_BUFFERS) return null;
    if (buffer === null) {
      buffers += 1;
      return Buffer.allocUnsafeSlow(bytes);
    }
    return buffer.length >= bytes ? buffer : Buffer.allocUnsafeSlow(Math.ceil(bytes * GROWTH));
  };

  return {
    put(source) {
      const replaced = kept !== null;
      kept?.release();
      kept = null;
      const buffer = bufferFor(source.data.length);
      if (buffer === null) return true;
      buffer.set(source.data);
      let held = true;
      kept = {
        camera,
        seq: source.seq,
        format: source.format,
        data: buffer.subarray(0, source.data.length),
        captured: source.captured,
        release() {
          if (!held)
            throw bugError('frame-released-twice', `frame ${source.seq} of camera ${camera} was released twice`, {
              camera,
            });
          held = false;
          free.push(buffer);
        },
      };
      return replaced;
    },
    take() {
      const frame = kept;
      kept = null;
      return frame;
    },
  };
}
