/** Delays between attempts, for everything that tries again: sources, the broker, the runner. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt; each call makes the range twice as wide, up to the cap. */
  next(): number;
  /** After a success: the next delay is a short one again. */
  reset(): void;
}

export interface BackoffOptions {
  /** Upper end of the first delay's range. */
  readonly baseMs: number;
  /** Upper end that no delay exceeds. */
  readonly capMs: number;
  /** Uniform in [0, 1), `Math.random` outside tests. */
  readonly random: () => number;
}

/**
 * Exponential with full jitter: uniform in [0, min(cap, base × 2^n)), so that a fleet that lost its broker together
 * does not come back together. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function createBackoff({ baseMs, capMs, random }: BackoffOptions): Backoff {
  let rangeMs = Math.min(baseMs, capMs);
  return {
    next() {
      const delayMs = Math.floor(random() * rangeMs);
      rangeMs = Math.min(rangeMs * 2, capMs);
      return delayMs;
    },
    reset() {
      rangeMs = Math.min(baseMs, capMs);
    },
  };
}
