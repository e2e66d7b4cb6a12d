import type { Delivery } from './publisher.js';

/** A message on its way to the broker. */
export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** `newest`: a later message of the topic takes its place. `keep`: waits its turn. */
  readonly keeping: 'newest' | 'keep';
  readonly expiresNs: bigint | null;
  /** Of the command that it answers. */
  readonly correlation?: Buffer | null;
}

export interface OutboxLimits {
  readonly maxMessages: number;
  readonly maxBytes: number;
}

/**
 * What waits for the broker, in memory, bounded by messages and bytes. Of results only the newest of each topic waits,
 * until it expires; events and alerts wait in order. When it is full, results go first, then the oldest. Everything
 * that goes without being sent is counted by its reason.
 */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #drop: (reason: string) => void;
  readonly #newest = new Map<string, Outgoing>();
  #kept: Outgoing[] = [];
  #bytes = 0;

  constructor(limits: OutboxLimits, drop: (reason: string) => void) {
    this.#limits = limits;
    this.#drop = drop;
  }

  get size(): number {
    return this.#newest.size + this.#kept.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(message: Outgoing): Delivery {
    const reason =
      this.#limits.maxMessages === 0 ? 'queue-off' : sizeOf(message) > this.#limits.maxBytes ? 'too-large' : null;
    if (reason !== null) {
      this.#drop(reason);
      return { outcome: 'dropped', reason };
    }
    if (message.keeping === 'newest') {
      if (this.#removeNewest(message.topic)) this.#drop('replaced');
      this.#newest.set(message.topic, message);
    } else this.#kept.push(message);
    this.#bytes += sizeOf(message);
    this.#makeRoom();
    return this.#newest.get(message.topic) === message || this.#kept.includes(message)
      ? { outcome: 'queued' }
      : { outcome: 'dropped', reason: 'queue-full' };
  }

  /** Sent, but never acknowledged: goes back to the front, in its old order, and may arrive twice. */
  putBack(messages: readonly Outgoing[]): void {
    const kept = messages.filter(({ keeping }) => keeping === 'keep');
    this.#kept = [...kept, ...this.#kept];
    this.#bytes += kept.reduce((sum, message) => sum + sizeOf(message), 0);
    this.#makeRoom();
  }

  /** The next message to send: what is kept, in order, then the newest results. */
  take(nowNs: bigint): Outgoing | null {
    const kept = this.#kept.shift();
    if (kept !== undefined) {
      this.#bytes -= sizeOf(kept);
      return kept;
    }
    for (const message of this.#newest.values()) {
      this.#removeNewest(message.topic);
      if (message.expiresNs === null || message.expiresNs > nowNs) return message;
      this.#drop('expired');
    }
    return null;
  }

  #makeRoom(): void {
    while (this.size > this.#limits.maxMessages || this.#bytes > this.#limits.maxBytes) {
      const [result] = this.#newest.keys();
      if (result !== undefined) this.#removeNewest(result);
      else this.#bytes -= sizeOf(this.#kept.shift() as Outgoing);
      this.#drop('queue-full');
    }
  }

  #removeNewest(topic: string): boolean {
    const message = this.#newest.get(topic);
    if (message === undefined) return false;
    this.#newest.delete(topic);
    this.#bytes -= sizeOf(message);
    return true;
  }
}

const sizeOf = ({ topic, payload }: Outgoing): number => Buffer.byteLength(topic) + Buffer.byteLength(payload);
