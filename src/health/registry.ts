/**
 * What is wrong right now. Whoever notices raises a named condition and clears it when it is over, as often as they
 * like: the outside hears of it once each. Costs nothing while nothing changes; nobody waits on it.
 * To test: raise, clear, and read the snapshot; the clock is a parameter.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.js';
import { CONDITIONS, type ConditionId, type ConditionKind, LEVELS, type Level } from './conditions.js';

type Facts = Readonly<Record<string, string | number | boolean | null>>;

export interface Condition {
  readonly id: ConditionId;
  /** The camera or slot that it is about; null: the daemon. */
  readonly subject: string | null;
  readonly level: Level;
  readonly description: string;
  readonly hint: string;
  /** The subject under its kind, then what the one who raised it knew last. */
  readonly references: Facts;
  /** Unique for this raising of it. */
  readonly alertId: string;
  readonly sinceNs: bigint;
}

/** Called once when a condition is raised and once when it is cleared. */
export type ConditionListener = (condition: Condition, active: boolean) => void;

export class ConditionRegistry {
  readonly #clock: Clock;
  readonly #active = new Map<string, Condition>();
  readonly #listeners = new Set<ConditionListener>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Raising what is raised already only brings its facts up to date. */
  raise(id: ConditionId, subject: string | null = null, facts: Facts = {}): void {
    const key = keyOf(id, subject);
    const { level, about, description, hint }: ConditionKind = CONDITIONS[id];
    const references = subject === null ? facts : { [about]: subject, ...facts };
    const before = this.#active.get(key);
    if (before !== undefined) {
      this.#active.set(key, { ...before, references });
      return;
    }
    const sinceNs = this.#clock.monotonicNs();
    const condition = { id, subject, level, description, hint, references, alertId: randomUUID(), sinceNs };
    this.#active.set(key, condition);
    this.#tell(condition, true);
  }

  /** Clearing what is not raised does nothing. */
  clear(id: ConditionId, subject: string | null = null): void {
    const key = keyOf(id, subject);
    const condition = this.#active.get(key);
    if (condition === undefined) return;
    this.#active.delete(key);
    this.#tell(condition, false);
  }

  isRaised(id: ConditionId, subject: string | null = null): boolean {
    return this.#active.has(keyOf(id, subject));
  }

  /** Worst first, then oldest first. */
  snapshot(): readonly Condition[] {
    return [...this.#active.values()].sort(
      (a, b) => LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) || Number(a.sinceNs - b.sinceNs),
    );
  }

  /** Returns the way to stop listening. */
  onChange(listener: ConditionListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(condition: Condition, active: boolean): void {
    for (const listener of this.#listeners) listener(condition, active);
  }
}

const keyOf = (id: ConditionId, subject: string | null): string => `${id} ${subject ?? ''}`;
