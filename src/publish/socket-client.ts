import type { Socket } from 'node:net';
import { createLineReader } from './line-reader.js';

export interface ClientLimits {
  /** Events, states and the like that may wait for a client that does not read. */
  readonly maxWaitingBytes: number;
  /** A client that took nothing for so long is dropped. */
  readonly stalledMs: number;
}

export interface ClientEvents {
  /** A line of the client's, without its end; cut when it is too long. */
  line(line: Buffer): void;
  /** A result was replaced by a newer one before the client took it. */
  skipped(): void;
  /** The client is gone; `slow`: we dropped it. */
  gone(slow: boolean): void;
}

const CLOSE_MS = 300;
/** Of a longer one only so much is read, and a byte more. */
const LONGEST_LINE_BYTES = 16 * 1024;

/**
 * One reader of the local socket. While it keeps up every line is written at once; when it doesn't, the newest result
 * of each topic waits and everything else waits in order, within bounds, and then the reader is dropped.
 */
export class SocketClient {
  readonly #socket: Socket;
  readonly #limits: ClientLimits;
  readonly #events: ClientEvents;
  readonly #newest = new Map<string, string>();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #stalled: NodeJS.Timeout | undefined;
  #isGone = false;

  constructor(socket: Socket, limits: ClientLimits, events: ClientEvents) {
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    socket.on('error', () => this.#leave(false));
    socket.on('close', () => this.#leave(false));
    const read = createLineReader(LONGEST_LINE_BYTES, events.line);
    socket.on('data', (bytes) => {
      if (!this.#isGone) read(bytes);
    });
  }

  /** `path` when only the newest line of it matters. */
  write(line: string, path: string | null): void {
    if (this.#isGone) return;
    if (this.#keepsUp()) {
      this.#send(line);
      return;
    }
    if (path !== null) {
      if (this.#newest.delete(path)) this.#events.skipped();
      this.#newest.set(path, line);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes > this.#limits.maxWaitingBytes) this.#leave(true);
  }

  /** What waits is given up; what was written is still delivered, unless the client takes too long. */
  close(): void {
    this.#isGone = true;
    clearTimeout(this.#stalled);
    const bound = setTimeout(() => this.#socket.destroy(), CLOSE_MS);
    this.#socket.once('close', () => clearTimeout(bound));
    this.#socket.destroySoon();
  }

  #keepsUp(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** Not by `drain`: a single line that the kernel did not take is below the mark that `drain` waits for. */
  #send(line: string): void {
    this.#socket.write(line, this.#flushed);
    if (this.#keepsUp() || this.#stalled !== undefined) return;
    this.#stalled = setTimeout(() => this.#leave(true), this.#limits.stalledMs);
  }

  readonly #flushed = (error?: Error | null): void => {
    if (error || this.#isGone || !this.#keepsUp()) return;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    while (this.#keepsUp()) {
      const line = this.#nextWaiting();
      if (line === undefined) return;
      this.#send(line);
    }
  };

  #nextWaiting(): string | undefined {
    const line = this.#waiting.shift();
    if (line !== undefined) {
      this.#waitingBytes -= line.length;
      return line;
    }
    for (const [path, newest] of this.#newest) {
      this.#newest.delete(path);
      return newest;
    }
    return undefined;
  }

  #leave(slow: boolean): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#stalled);
    this.#socket.destroy();
    this.#events.gone(slow);
  }
}
