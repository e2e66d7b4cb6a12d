import { type Clock, nsToMs } from '../clock.js';
import type { Logger } from '../log.js';
import { createRepeatGate, type RepeatGate } from '../repeat-gate.js';
import { createNumbering, type Encoded, payloadOf } from './encode.js';
import type { Connection, Sendable } from './mqtt-client.js';
import { Outbox, type OutboxLimits, type Outgoing } from './outbox.js';
import type { Delivery } from './publisher.js';
import { MAX_PAYLOAD_BYTES, TOPICS, type TopicRule } from './topics.js';

const REPEAT_LOG_MS = 60_000;

export interface CourierParts {
  readonly base: string;
  readonly queue: OutboxLimits;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Where the answer to one command goes, other than to its own topic. */
export interface ReplyTo {
  readonly topic: string | null;
  readonly correlation: Buffer | null;
}

export interface Line {
  readonly connection: Connection;
  readonly protocolVersion: 4 | 5;
  readonly maxInFlight: number;
  /** Called once the retained state is out: the moment to say ONLINE. */
  readonly announce: () => void;
}

/**
 * Carries messages over whatever connection there is. On a new one: retained state, then the announcement, then what
 * waited. What was sent but not acknowledged when a connection broke is sent again.
 */
export class Courier {
  readonly #parts: CourierParts;
  readonly #mayWarn: RepeatGate;
  readonly #outbox: Outbox;
  readonly #inFlight = new Set<Outgoing>();
  readonly #state = new Map<string, Outgoing>();
  readonly #stateDue = new Set<string>();
  readonly #dropped: Record<string, number> = {};
  #line: Line | null = null;
  #isAnnounced = false;
  #isPumping = false;
  #isClosed = false;
  readonly number = createNumbering();

  constructor(parts: CourierParts) {
    this.#parts = parts;
    this.#mayWarn = createRepeatGate(REPEAT_LOG_MS, parts.clock);
    this.#outbox = new Outbox(parts.queue, (reason) => this.#countDropped(reason));
  }

  publish(message: Encoded, reply: ReplyTo | null = null): Delivery {
    if (this.#isClosed) return this.#drop('closed');
    const rule: TopicRule = TOPICS[message.kind];
    const outgoing: Outgoing = {
      topic: reply?.topic ?? `${this.#parts.base}/${message.path}`,
      payload: payloadOf(message, this.number(message.path)),
      qos: rule.qos,
      retain: rule.retain,
      keeping: rule.offline === 'keep' ? 'keep' : 'newest',
      expiresNs: message.expiresNs,
      correlation: reply?.correlation ?? null,
    };
    if (Buffer.byteLength(outgoing.payload) > MAX_PAYLOAD_BYTES) return this.#drop('too-large');
    if (rule.offline === 'state') {
      this.#state.set(outgoing.topic, outgoing);
      this.#stateDue.add(outgoing.topic);
      this.pump();
      return this.#stateDue.has(outgoing.topic) ? { outcome: 'queued' } : { outcome: 'sent' };
    }
    if (this.#isAnnounced && this.#outbox.size === 0 && this.#hasRoom()) {
      this.#send(outgoing);
      return { outcome: 'sent' };
    }
    return rule.offline === 'skip' && !this.#isAnnounced ? this.#drop('offline') : this.#outbox.add(outgoing);
  }

  attach(line: Line): void {
    this.#line = line;
    for (const topic of this.#state.keys()) this.#stateDue.add(topic);
    this.pump();
  }

  detach(): void {
    this.#line = null;
    this.#isAnnounced = false;
    this.#outbox.putBack([...this.#inFlight]);
    this.#inFlight.clear();
  }

  /** Takes nothing more, and counts what still waits as dropped. */
  close(): void {
    this.pump();
    this.#isClosed = true;
    while (this.#outbox.take(this.#parts.clock.monotonicNs()) !== null) this.#countDropped('closed');
  }

  counts(): { online: boolean; queued: number; dropped: Readonly<Record<string, number>> } {
    return { online: this.#isAnnounced, queued: this.#outbox.size, dropped: { ...this.#dropped } };
  }

  /** Sends what there is room for. A sent message may call back at once, so this must not enter itself. */
  pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#hasRoom() && this.#sendNext());
    this.#isPumping = false;
  }

  #sendNext(): boolean {
    const next = this.#nextState() ?? (this.#isAnnounced ? this.#outbox.take(this.#parts.clock.monotonicNs()) : null);
    if (next !== null) {
      this.#send(next);
      return true;
    }
    if (this.#isAnnounced) return false;
    this.#isAnnounced = true;
    this.#line?.announce();
    return true;
  }

  #nextState(): Outgoing | null {
    for (const topic of this.#stateDue) {
      this.#stateDue.delete(topic);
      return this.#state.get(topic) ?? null;
    }
    return null;
  }

  #hasRoom(): boolean {
    const line = this.#line;
    return line !== null && this.#inFlight.size < line.maxInFlight && line.connection.canSend();
  }

  #send(message: Outgoing): void {
    if (message.qos > 0) this.#inFlight.add(message);
    this.#line?.connection.send(this.#sendable(message), (failure) => {
      this.#inFlight.delete(message);
      if (failure !== null) this.#refused(message.topic, failure);
      this.pump();
    });
  }

  #sendable(message: Outgoing): Sendable {
    const { topic, payload, qos, retain, expiresNs, correlation = null } = message;
    const leftNs =
      expiresNs === null || this.#line?.protocolVersion !== 5 ? null : expiresNs - this.#parts.clock.monotonicNs();
    const expiryS = leftNs === null ? null : Math.max(1, Math.ceil(nsToMs(leftNs) / 1000));
    return { topic, payload, qos, retain, expiryS, correlation };
  }

  #refused(topic: string, failure: Error): void {
    this.#countDropped('refused');
    // One topic may be forbidden and be written to with every frame; `state` counts them all.
    const level = this.#mayWarn(topic) ? 'warn' : 'debug';
    this.#parts.log[level]({ topic, reason: failure.message }, 'MQTT: a message was refused; check the access list');
  }

  #drop(reason: string): Delivery {
    this.#countDropped(reason);
    return { outcome: 'dropped', reason };
  }

  #countDropped(reason: string): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
  }
}
