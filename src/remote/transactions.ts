import { type Clock, msToNs } from '../clock.js';
import { type Ack, isFinal } from './command.js';

/** A command that is under way or was answered. */
export interface Transaction {
  readonly fingerprint: string;
  readonly acts: boolean;
  readonly openedNs: bigint;
  /** The newest answer; null before the first. */
  last: Ack | null;
  /** Whoever is to hear the answers that are still to come. */
  readonly listeners: ((ack: Ack) => void)[];
}

export interface MemoryLimits {
  /** Of verbs that change something. */
  readonly mostActing: number;
  /** Of verbs that only tell: their answers are larger. */
  readonly mostTelling: number;
  /** No answered acting transaction is forgotten sooner. */
  readonly keepMs: number;
}

const LIMITS: MemoryLimits = { mostActing: 500, mostTelling: 32, keepMs: 60_000 };

/**
 * Remembers transactions so that a command that comes twice acts once and gets the same answer. Bounded: the oldest are
 * forgotten, but an acting one never before its time; while there are too many of those there is no room for another.
 */
export class TransactionMemory {
  readonly #clock: Clock;
  readonly #limits: MemoryLimits;
  readonly #acting = new Map<string, Transaction>();
  readonly #telling = new Map<string, Transaction>();

  constructor(clock: Clock, limits: MemoryLimits = LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#acting.size + this.#telling.size;
  }

  find(key: string): Transaction | null {
    return this.#acting.get(key) ?? this.#telling.get(key) ?? null;
  }

  /** null when there is no room. */
  open(key: string, acts: boolean, fingerprint: string): Transaction | null {
    const [kept, most] = acts ? [this.#acting, this.#limits.mostActing] : [this.#telling, this.#limits.mostTelling];
    const openedNs = this.#clock.monotonicNs();
    if (kept.size >= most && !this.#forgetOne(kept, openedNs)) return null;
    const transaction: Transaction = { fingerprint, acts, openedNs, last: null, listeners: [] };
    kept.set(key, transaction);
    return transaction;
  }

  #forgetOne(kept: Map<string, Transaction>, nowNs: bigint): boolean {
    for (const [key, { acts, last, openedNs }] of kept) {
      const isOver = last !== null && isFinal(last);
      if (!isOver || (acts && nowNs - openedNs < msToNs(this.#limits.keepMs))) continue;
      kept.delete(key);
      return true;
    }
    return false;
  }
}
