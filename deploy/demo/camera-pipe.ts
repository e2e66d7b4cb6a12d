import { createConnection, type Socket } from 'node:net';
import { type Backoff, createBackoff } from '../../src/backoff.js';

/** A frame of plain RGB24 pixels and when it was taken, on CLOCK_MONOTONIC. */
export interface PipeFrame {
  readonly width: number;
  readonly height: number;
  readonly capturedNs: bigint;
  readonly pixels: Uint8Array;
}

/** Writes frames to the daemon's `pipe:` socket; connects again for as long as it is open. */
export interface CameraPipe {
  /** False when the frame was left out: not connected, or the one before is still on its way. */
  send(frame: PipeFrame): boolean;
  close(): void;
}

const HEADER_BYTES = 24;

export function openCameraPipe(path: string): CameraPipe {
  const backoff: Backoff = createBackoff({ baseMs: 20, capMs: 500, random: Math.random });
  let socket: Socket | null = null;
  let retry: NodeJS.Timeout | undefined;
  let closed = false;
  let sequence = 0;

  const connect = (): void => {
    socket = createConnection(path);
    socket.on('connect', () => backoff.reset());
    // The reason comes again as `close`, and the daemon says in its status what it misses.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (!closed) retry = setTimeout(connect, backoff.next());
    });
  };
  connect();

  return {
    send(frame) {
      const seq = sequence++;
      if (socket === null || socket.readyState !== 'open' || socket.writableLength > 0) return false;
      socket.write(headerOf(frame, seq));
      socket.write(frame.pixels);
      return true;
    },
    close() {
      closed = true;
      clearTimeout(retry);
      socket?.destroy();
    },
  };
}

/** The 24 bytes before each frame (docs/sources.md): fourcc, sequence, capture time, size, payload bytes. */
function headerOf(frame: PipeFrame, sequence: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RGB3', 0, 'latin1');
  header.writeUInt32LE(sequence >>> 0, 4);
  header.writeBigUInt64LE(frame.capturedNs, 8);
  header.writeUInt16LE(frame.width, 16);
  header.writeUInt16LE(frame.height, 18);
  header.writeUInt32LE(frame.pixels.byteLength, 20);
  return header;
}
