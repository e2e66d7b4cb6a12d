import { type Clock, msToNs, nsToMs } from '../clock.js';
import { configurationError } from '../errors.js';

/** Somebody wants that nothing is installed, tuned or swapped now. */
export interface Inhibit {
  readonly reason: string;
  readonly sinceNs: bigint;
  readonly untilNs: bigint;
}

const MOST = 16;

/** Who asked, by reason, each until its time is over. Whatever would disturb the main job asks `isInhibited` first. */
export class Inhibits {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #active = new Map<string, { inhibit: Inhibit; timer: NodeJS.Timeout }>();

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** The same reason renews it, 0 seconds lift it. Throws `too-many-inhibits` (configuration). */
  inhibit(reason: string, ttlS: number): void {
    const before = this.#active.get(reason);
    if (before === undefined && ttlS > 0 && this.#active.size >= MOST) {
      throw configurationError('too-many-inhibits', `there are ${MOST} already; lift one, or wait until one is over`);
    }
    clearTimeout(before?.timer);
    this.#active.delete(reason);
    if (ttlS > 0) {
      const nowNs = this.#clock.monotonicNs();
      const inhibit = { reason, sinceNs: before?.inhibit.sinceNs ?? nowNs, untilNs: nowNs + msToNs(ttlS * 1000) };
      const timer = setTimeout(() => this.#over(reason), nsToMs(inhibit.untilNs - nowNs));
      this.#active.set(reason, { inhibit, timer });
    }
    this.#changed();
  }

  isInhibited(): boolean {
    return this.#active.size > 0;
  }

  list(): readonly Inhibit[] {
    return [...this.#active.values()].map(({ inhibit }) => inhibit);
  }

  close(): void {
    for (const { timer } of this.#active.values()) clearTimeout(timer);
    this.#active.clear();
  }

  #over(reason: string): void {
    this.#active.delete(reason);
    this.#changed();
  }
}
