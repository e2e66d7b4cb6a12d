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
  /** After this it is another one: people number from 1 again and again. */
  readonly forgetMs: number;
}

export const FORGET_TRANSACTION_MS = 600_000;

const LIMITS: MemoryLimits = { mostActing: 500, mostTelling: 32, keepMs: 60_000, forgetMs: FORGET_TRANSACTION_MS };

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
    const found = this.#acting.get(key) ?? this.#telling.get(key) ?? null;
    if (found === null || !isOver(found)) return found;
    if (this.#clock.monotonicNs() - found.openedNs < msToNs(this.#limits.forgetMs)) return found;
    (found.acts ? this.#acting : this.#telling).delete(key);
    return null;
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
    for (const [key, transaction] of kept) {
      const { acts, openedNs } = transaction;
      if (!isOver(transaction) || (acts && nowNs - openedNs < msToNs(this.#limits.keepMs))) continue;
      kept.delete(key);
      return true;
    }
    return false;
  }
}

const isOver = ({ last }: Transaction): boolean => last !== null && isFinal(last);
