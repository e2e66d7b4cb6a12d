import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { deviceError } from '../errors.js';
import type { SourceSink } from './source.js';
import type { ProducerSplitter } from './split-pipe.js';
import { aborted } from './wait.js';

/** rw-rw----: producers run as the daemon’s user or in its group. */
const SOCKET_UMASK = 0o117;

/**
 * Listens on a Unix stream socket for one producer at a time. The newer one wins, because a producer that was started
 * again must get in although its predecessor still hangs.
 */
export async function runListener(
  path: string,
  splitter: ProducerSplitter,
  sink: SourceSink,
  signal: AbortSignal,
): Promise<void> {
  await removeStaleSocket(path);
  let producer: Socket | null = null;
  const server = createServer((socket) => {
    if (producer !== null) {
      sink.note('a newer producer has connected; the older one is disconnected', { path });
      producer.destroy();
    }
    producer = socket;
    feed(socket, splitter, sink, () => {
      if (producer === socket) producer = null;
    });
  });
  await listen(server, path);
  const failed = new Promise<never>((_resolve, reject) => server.once('error', reject));
  try {
    await Promise.race([aborted(signal), failed]);
  } finally {
    (producer as Socket | null)?.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

function feed(socket: Socket, splitter: ProducerSplitter, sink: SourceSink, onGone: () => void): void {
  const frames = splitter();
  socket.on('data', (chunk: Buffer) => {
    try {
      frames.push(chunk);
    } catch (error) {
      sink.corrupt(error instanceof Error ? error.message : String(error));
      socket.destroy();
    }
  });
  // A producer that dies resets the connection: no more than its leaving, which 'close' tells.
  socket.on('error', (error) => sink.note('the connection to the producer broke', { reason: error.message }));
  socket.once('close', () => {
    frames.reset();
    onGone();
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(deviceError('source-listen', `can't listen on the socket ${path}: ${cause.message}`, { path }, cause)),
    );
    // bind(2) happens within listen() and takes its mode from the umask: no moment with a wider one.
    const before = process.umask(SOCKET_UMASK);
    try {
      server.listen(path, () => {
        server.removeAllListeners('error');
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/** Only a socket that nobody listens on any more is removed; anything else at the path is somebody's file. */
async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) {
    throw deviceError(
      'source-not-a-pipe',
      `${path} is neither a FIFO nor a socket: move it away, or name another path after "pipe:"`,
      { path },
    );
  }
  if (await answers(path)) {
    throw deviceError(
      'source-in-use',
      `another process listens on the socket ${path}: end it, or name another path after "pipe:"`,
      { path },
    );
  }
  await unlink(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
