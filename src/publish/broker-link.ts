import { randomUUID } from 'node:crypto';
import { type Backoff, createBackoff } from '../backoff.js';
import type { Clock } from '../clock.js';
import type { EdgeError } from '../errors.js';
import type { Logger } from '../log.js';
import type { BrokerFailure } from './broker-failure.js';
import { buildConnection } from './build-health.js';
import { readCommand, type WireCommand } from './command-topic.js';
import type { MessageContext } from './context.js';
import { Courier, type ReplyTo } from './courier.js';
import { type BrokerAddress, parseBrokerUrl, type TlsFiles } from './dial.js';
import { type Encoded, encode, payloadOf } from './encode.js';
import { type Connection, type OpenConnection, openConnection, type Received, type Sendable } from './mqtt-client.js';
import type { OutboxLimits } from './outbox.js';
import type { Delivery } from './publisher.js';
import { TOPICS, topicBase } from './topics.js';

export interface BrokerConfig {
  readonly url: string;
  /** `auto`: 5 first, 4 (that is 3.1.1) where the broker refuses it. */
  readonly protocol: 'auto' | 5 | 4;
  /** null: `edgenextd-SERIAL`. Never random: two connections of one device must meet each other. */
  readonly clientId: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: TlsFiles | null;
  readonly keepaliveS: number;
  readonly connectTimeoutMs: number;
  readonly queue: OutboxLimits;
}

/** What the daemon is told, to raise and clear a condition. Never called from within `publish` or `start`. */
export interface BrokerListener {
  online(protocolVersion: 4 | 5): void;
  offline(error: EdgeError, retryInMs: number): void;
  /** null: commands are heard; else why the broker does not let them through. */
  commands(failure: Error | null): void;
}

export interface LinkTiming {
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** First delay after a refusal that only a person can mend; up to twice that. */
  readonly slowRetryMs: number;
  /** A connection that lasted this long was a good one: the next delay is a short one again. */
  readonly stableMs: number;
  /** For the goodbye, before the connection is cut. */
  readonly closeMs: number;
}

const LINK_TIMING: LinkTiming = {
  backoffBaseMs: 1000,
  backoffCapMs: 300_000,
  slowRetryMs: 60_000,
  stableMs: 30_000,
  closeMs: 1000,
};

export interface LinkParts {
  readonly config: BrokerConfig;
  readonly context: () => MessageContext;
  readonly clock: Clock;
  readonly listener: BrokerListener;
  /** Somebody sent a command. null: none are listened for. */
  readonly command?: ((command: WireCommand) => void) | null;
  readonly log: Logger;
  readonly open?: OpenConnection;
  readonly random?: () => number;
  readonly timing?: LinkTiming;
}

interface Attempt {
  readonly connection: Connection;
  readonly sessionId: string;
  isOnline: boolean;
}

/**
 * The way to the broker: connects again and again, never makes anybody wait, and says of every message whether it was
 * sent (handed to the connection), queued or dropped.
 */
export class BrokerLink {
  readonly #parts: LinkParts;
  readonly #timing: LinkTiming;
  readonly #random: () => number;
  readonly #address: BrokerAddress;
  readonly #base: string;
  readonly #backoff: Backoff;
  readonly #courier: Courier;
  #attempt: Attempt | null = null;
  #version: 4 | 5;
  #isRefused5 = false;
  #retryTimer: NodeJS.Timeout | undefined;
  #stableTimer: NodeJS.Timeout | undefined;
  #closing: (() => void) | null = null;

  constructor(parts: LinkParts) {
    const base = topicBase(parts.context().identity);
    this.#parts = parts;
    this.#timing = parts.timing ?? LINK_TIMING;
    this.#random = parts.random ?? Math.random;
    this.#address = parseBrokerUrl(parts.config.url);
    this.#base = base;
    this.#backoff = createBackoff({
      baseMs: this.#timing.backoffBaseMs,
      capMs: this.#timing.backoffCapMs,
      random: this.#random,
    });
    this.#courier = new Courier({ base, queue: parts.config.queue, clock: parts.clock, log: parts.log });
    this.#version = parts.config.protocol === 4 ? 4 : 5;
  }

  start(): void {
    this.#connect();
  }

  publish(message: Encoded, reply: ReplyTo | null = null): Delivery {
    return this.#courier.publish(message, reply);
  }

  counts(): ReturnType<Courier['counts']> {
    return this.#courier.counts();
  }

  /** Sends OFFLINE, says goodbye, and ends within `closeMs` whatever the broker does. */
  close(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#courier.close();
    const attempt = this.#attempt;
    if (attempt === null) return Promise.resolve();
    return new Promise((resolve) => {
      const bound = setTimeout(() => attempt.connection.destroy(), this.#timing.closeMs);
      this.#closing = () => {
        clearTimeout(bound);
        resolve();
      };
      if (!attempt.isOnline) attempt.connection.destroy();
      else {
        attempt.connection.send(this.#connectionMessage('OFFLINE', attempt.sessionId), () => attempt.connection.end());
      }
    });
  }

  #connect(): void {
    const { config, open = openConnection } = this.#parts;
    const sessionId = randomUUID();
    const version = this.#version;
    const connection = open(
      {
        address: this.#address,
        tls: config.tls,
        protocolVersion: version,
        clientId: config.clientId ?? `edgenextd-${this.#parts.context().identity.serialNumber}`,
        username: config.username,
        password: config.password,
        keepaliveS: config.keepaliveS,
        connectTimeoutMs: config.connectTimeoutMs,
        will: this.#connectionMessage('CONNECTION_BROKEN', sessionId),
      },
      {
        connected: ({ maxInFlight }) => this.#connected(version, maxInFlight),
        received: (message) => this.#received(message),
        writable: () => this.#courier.pump(),
        closed: (failure) => this.#disconnected(failure),
      },
    );
    this.#attempt = { connection, sessionId, isOnline: false };
  }

  #connected(protocolVersion: 4 | 5, maxInFlight: number): void {
    const attempt = this.#attempt;
    if (attempt === null) return;
    attempt.isOnline = true;
    this.#stableTimer = setTimeout(() => this.#backoff.reset(), this.#timing.stableMs);
    this.#parts.log.info({ ...this.#address, protocol: protocolVersion }, 'MQTT: connected');
    const { connection, sessionId } = attempt;
    // First of all, so that whoever sees ONLINE is heard.
    if (this.#parts.command) {
      connection.subscribe(`${this.#base}/cmd/+`, (failure) => this.#parts.listener.commands(failure));
    }
    const announce = (): void => connection.send(this.#connectionMessage('ONLINE', sessionId), this.#warnRefused);
    this.#courier.attach({ connection, protocolVersion, maxInFlight, announce });
    this.#parts.listener.online(protocolVersion);
  }

  #disconnected({ error, retry }: BrokerFailure): void {
    const wasOnline = this.#attempt?.isOnline ?? false;
    clearTimeout(this.#stableTimer);
    this.#attempt = null;
    this.#courier.detach();
    if (this.#closing !== null) {
      this.#closing();
      return;
    }
    if (this.#otherVersion(error, retry, wasOnline)) {
      this.#retryTimer = setTimeout(() => this.#connect(), 0);
      return;
    }
    const { slowRetryMs } = this.#timing;
    const delayMs = retry === 'soon' ? this.#backoff.next() : slowRetryMs + Math.floor(this.#random() * slowRetryMs);
    this.#parts.log.warn({ code: error.code, ...error.facts, retryInMs: delayMs }, error.message);
    this.#retryTimer = setTimeout(() => this.#connect(), delayMs);
    this.#parts.listener.offline(error, delayMs);
  }

  /**
   * With `auto`: true when 4 is to be tried at once. A broker that refuses 5 is not asked again; one that closed
   * without a word may only have been restarting, so the next loss starts over with 5.
   */
  #otherVersion(error: EdgeError, retry: BrokerFailure['retry'], wasOnline: boolean): boolean {
    if (this.#parts.config.protocol !== 'auto') return false;
    if (this.#version === 4) {
      if (retry === 'version') this.#isRefused5 = false;
      if (!this.#isRefused5) this.#version = 5;
      return false;
    }
    this.#isRefused5 = retry === 'version';
    if (!this.#isRefused5 && (wasOnline || error.code !== 'broker-closed-early')) return false;
    this.#version = 4;
    return true;
  }

  #received(message: Received): void {
    const command = readCommand(this.#base, message);
    if (command !== null) this.#parts.command?.(command);
    else this.#parts.log.warn({ topic: message.topic, retained: message.retain }, 'MQTT: a command was ignored');
  }

  readonly #warnRefused = (failure: Error | null): void => {
    if (failure === null) return;
    this.#parts.log.warn({ topic: `${this.#base}/connection`, reason: failure.message }, 'MQTT: a message was refused');
  };

  #connectionMessage(state: 'ONLINE' | 'OFFLINE' | 'CONNECTION_BROKEN', sessionId: string): Sendable {
    const { qos, retain } = TOPICS.connection;
    const message = encode('connection', buildConnection(this.#parts.context(), state, sessionId));
    const payload = payloadOf(message, this.#courier.number(message.path));
    return { topic: `${this.#base}/connection`, payload, qos, retain, expiryS: null };
  }
}
