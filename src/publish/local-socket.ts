import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Clock } from '../clock.js';
import { configurationError, deviceError } from '../errors.js';
import type { Logger } from '../log.js';
import { createRepeatGate, type RepeatGate } from '../repeat-gate.js';
import { createNumbering, type Encoded, lineOf } from './encode.js';
import { type ClientLimits, SocketClient } from './socket-client.js';
import { TOPICS, type TopicRule } from './topics.js';

export interface SocketConfig {
  readonly path: string;
  /** Octal, as in `"0660"`: who may connect. */
  readonly mode: string;
}

const LIMITS: ClientLimits = { maxWaitingBytes: 1024 * 1024, stalledMs: 10_000 };
const MOST_CLIENTS = 64;
const REPEAT_LOG_MS = 60_000;
/** sun_path of Linux, less its final zero: a longer one would be cut without a word. */
const LONGEST_PATH = 107;

/**
 * The same messages as on MQTT, all of them, one JSON object a line, `topic` first, to everybody who connects. Needs no
 * broker. A reader that is slow misses results, never the others' time; one that stops reading is dropped.
 */
export class LocalSocket {
  readonly #config: SocketConfig;
  readonly #log: Logger;
  /** Clients come back at once, and as often as they like. */
  readonly #mayWarn: RepeatGate;
  readonly #limits: ClientLimits;
  readonly #clients = new Set<SocketClient>();
  readonly #latest = new Map<string, string>();
  readonly #number = createNumbering();
  #server: Server | null = null;
  #lineListener: (line: Buffer, answer: (message: Encoded) => void) => void = () => undefined;
  #skippedResults = 0;
  #droppedClients = 0;

  constructor(config: SocketConfig, log: Logger, clock: Clock, limits: ClientLimits = LIMITS) {
    this.#config = config;
    this.#log = log;
    this.#mayWarn = createRepeatGate(REPEAT_LOG_MS, clock);
    this.#limits = limits;
  }

  /**
   * Throws `socket-in-use` (configuration) when another daemon listens there, and `socket-unavailable` (device) when
   * the path can't be used. The file of a daemon that died is replaced.
   */
  async start(): Promise<void> {
    const { path } = this.#config;
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      throw configurationError(
        'socket-unavailable',
        `socket.path: ${path} is longer than the ${LONGEST_PATH} bytes that Linux allows; choose a shorter one`,
        { path },
      );
    }
    try {
      mkdirSync(dirname(path), { recursive: true });
      await this.#removeStale();
      await this.#listen();
    } catch (cause) {
      if ((cause as { family?: unknown }).family !== undefined) throw cause;
      const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
      throw deviceError(
        'socket-unavailable',
        `socket.path: can't listen on ${path} (${reason}); choose a folder that the daemon's user may write to`,
        { path, reason },
        cause,
      );
    }
  }

  write(message: Encoded): void {
    const line = lineOf(message, this.#number(message.path));
    const rule: TopicRule = TOPICS[message.kind];
    if (rule.retain || message.kind === 'state') this.#latest.set(message.path, line);
    const path = rule.offline === 'newest' ? message.path : null;
    for (const client of this.#clients) client.write(line, path);
  }

  /** One listener: a client said something. `answer` is for that client alone, also when it has gone. */
  onLine(listener: (line: Buffer, answer: (message: Encoded) => void) => void): void {
    this.#lineListener = listener;
  }

  counts(): { clients: number; skippedResults: number; droppedClients: number } {
    return {
      clients: this.#clients.size,
      skippedResults: this.#skippedResults,
      droppedClients: this.#droppedClients,
    };
  }

  /** Removes the socket's file and lets the clients read what was written. */
  close(): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#clients.clear();
    return new Promise((resolve) => {
      if (this.#server === null) resolve();
      else this.#server.close(() => resolve());
      this.#server = null;
    });
  }

  async #removeStale(): Promise<void> {
    const { path } = this.#config;
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (!found.isSocket()) {
      throw configurationError(
        'socket-unavailable',
        `socket.path: ${path} is a file and not a socket; it is left alone, choose another path`,
        { path },
      );
    }
    if (await isAnswered(path)) {
      throw configurationError(
        'socket-in-use',
        `socket.path: another edgenextd listens on ${path}; stop it, or give this one another path`,
        { path },
      );
    }
    rmSync(path, { force: true });
  }

  #listen(): Promise<void> {
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      const previous = process.umask(0o177);
      server.listen(this.#config.path, () => {
        server.off('error', reject);
        server.on('error', (error) => this.#warn({ reason: error.message }, 'local socket: a client was not accepted'));
        chmodSync(this.#config.path, Number.parseInt(this.#config.mode, 8));
        resolve();
      });
      process.umask(previous);
    });
  }

  #accept(socket: Socket): void {
    if (this.#clients.size >= MOST_CLIENTS) {
      this.#droppedClients++;
      this.#warn({ clients: MOST_CLIENTS }, 'local socket: too many clients, the newest was turned away');
      socket.on('error', () => undefined).destroy();
      return;
    }
    const number = createNumbering();
    const answer = (message: Encoded): void => client.write(lineOf(message, number(message.path)), null);
    const client: SocketClient = new SocketClient(socket, this.#limits, {
      line: (line) => this.#lineListener(line, answer),
      skipped: () => {
        this.#skippedResults++;
      },
      gone: (slow) => {
        this.#clients.delete(client);
        if (!slow) return;
        this.#droppedClients++;
        this.#warn({ clients: this.#clients.size }, 'local socket: a client that stopped reading was dropped');
      },
    });
    this.#clients.add(client);
    for (const line of this.#latest.values()) client.write(line, null);
  }

  #warn(facts: Readonly<Record<string, unknown>>, message: string): void {
    this.#log[this.#mayWarn(message) ? 'warn' : 'debug'](facts, message);
  }
}

/** Whether somebody listens on a socket's file; one that we may not connect to counts as listened to. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'));
  });
}
