/** The two clocks, with two names: monotonic for durations and ages, wall for stamps that leave the machine. */
export interface Clock {
  /** CLOCK_MONOTONIC, the clock that capture times are in. Never jumps; stands still while the board is suspended. */
  monotonicNs(): bigint;
  /** UTC in milliseconds. May jump, and may be 1970 until the network has set it. */
  wallMs(): number;
}

export const systemClock: Clock = {
  monotonicNs: () => process.hrtime.bigint(),
  wallMs: () => Date.now(),
};

export const nsToMs = (ns: bigint): number => Number(ns) / 1e6;

export const msToNs = (ms: number): bigint => BigInt(Math.round(ms * 1e6));
