import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelError } from '../errors.js';

/**
 * How the bytes of a frame get to a runner: through a file in memory that has no name any more and that both processes
 * hold open. Node's own channel takes 0.4 ms for the 192 KiB of a 256 px frame, in pieces of 64 KiB, and leaves each
 * frame twice to the garbage collector; this takes two copies. One frame in flight means one writer, then one reader.
 */
export interface FrameMemory {
  /** For the `stdio` of the process. */
  readonly descriptor: number;
  /** Copies the frame before it returns. Throws the model error `frame-memory-full`. */
  write(data: Uint8Array): void;
  close(): void;
}

/** Where the runner finds it: behind stdin, stdout, stderr and node's channel. */
const FRAME_MEMORY_DESCRIPTOR = 4;

let opened = 0;

export function createFrameMemory(): FrameMemory {
  const descriptor = openNameless();
  return {
    descriptor,
    write(data) {
      try {
        for (let done = 0; done < data.length; ) done += writeSync(descriptor, data, done, data.length - done, done);
      } catch (cause) {
        throw modelError(
          'frame-memory-full',
          `a frame of ${data.length} bytes can't be handed on: ${cause}`,
          {},
          cause,
        );
      }
    },
    close: () => closeSync(descriptor),
  };
}

/** /dev/shm is memory on every Linux; without it the temporary folder will do, whose disk then sees the writes. */
function openNameless(): number {
  const name = `edgenextd-frame-${process.pid}-${opened++}`;
  let failure: unknown;
  for (const folder of ['/dev/shm', tmpdir()]) {
    const path = join(folder, name);
    try {
      const descriptor = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return descriptor;
    } catch (error) {
      failure = error;
    }
  }
  throw modelError('frame-memory-full', `no file can be made in /dev/shm or ${tmpdir()}: ${failure}`, {}, failure);
}

/** The runner's side: reads frames into a buffer that it keeps; frames of one size come in the same view. */
export function createFrameReader(descriptor = FRAME_MEMORY_DESCRIPTOR): (bytes: number) => Uint8Array {
  let memory = new Uint8Array();
  let frame = memory;
  return (bytes) => {
    if (memory.length < bytes) memory = new Uint8Array(bytes);
    if (frame.buffer !== memory.buffer || frame.length !== bytes) frame = memory.subarray(0, bytes);
    let done = 0;
    while (done < bytes) {
      const read = readSync(descriptor, memory, done, bytes - done, done);
      if (read === 0) throw modelError('frame-memory-short', `a frame of ${bytes} bytes ends after ${done}`);
      done += read;
    }
    return frame;
  };
}
