import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { deviceError, type EdgeError } from '../errors.js';
import type { SourceSink } from './source.js';
import type { ProducerSplitter } from './split-pipe.js';

/**
 * Reads a FIFO, producer after producer. Opened non-blocking, so that neither start nor close waits for a writer. When
 * the last writer leaves, the next opening comes before the old one is closed: at no moment is the FIFO without a
 * reader, so that no writer dies of SIGPIPE. fifo(7).
 */
export async function runFifo(
  path: string,
  splitter: ProducerSplitter,
  sink: SourceSink,
  signal: AbortSignal,
): Promise<void> {
  let socket = openFifo(path);
  while (!signal.aborted) {
    await readUntilLeft(path, socket, splitter, signal);
    if (signal.aborted) break;
    sink.note('the producer left; waiting for the next', { path });
    const next = openFifo(path);
    socket.destroy();
    socket = next;
  }
  socket.destroy();
}

function openFifo(path: string): Socket {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new Socket({ fd, readable: true, writable: false });
  } catch (cause) {
    throw fifoError(path, cause);
  }
}

function readUntilLeft(path: string, socket: Socket, splitter: ProducerSplitter, signal: AbortSignal): Promise<void> {
  const frames = splitter();
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      socket.pause();
      resolve();
    };
    signal.addEventListener('abort', abort, { once: true });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', abort);
      finish();
    };
    socket.on('data', (chunk: Buffer) => {
      try {
        frames.push(chunk);
      } catch (error) {
        socket.destroy();
        settle(() => reject(error));
      }
    });
    socket.once('end', () => {
      frames.reset();
      settle(resolve);
    });
    socket.once('error', (cause) => settle(() => reject(fifoError(path, cause))));
    if (signal.aborted) abort();
  });
}

function fifoError(path: string, cause: unknown): EdgeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return deviceError('source-missing', `FIFO ${path} can't be read: ${reason}`, { path }, cause);
}
