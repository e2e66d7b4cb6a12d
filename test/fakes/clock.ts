import type { Clock } from '../../src/clock.js';

/** A clock that stands still until told. */
export class FakeClock implements Clock {
  #ns = 1_000_000_000n;
  #wallMs = Date.UTC(2026, 0, 1);

  monotonicNs(): bigint {
    return this.#ns;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  advanceMs(ms: number): void {
    this.#ns += BigInt(Math.round(ms * 1e6));
    this.#wallMs += ms;
  }

  /** Somebody set the date; durations must not notice. */
  setWallMs(wallMs: number): void {
    this.#wallMs = wallMs;
  }
}
