import type { FrameResult } from '../result.js';

/** Which of a camera's results go to MQTT. The local socket gets every one. */
export interface ResultPolicy {
  /** `change`: when the held class changes, and the heartbeat. `every`: all, up to `maxHz`. `off`: none, not even the heartbeat. */
  readonly results: 'change' | 'every' | 'off';
  /** Does not hold back a change of class. null: no limit. */
  readonly maxHz: number | null;
  /** A result at least this often while there are any; null: none. */
  readonly heartbeatS: number | null;
}

export interface ResultFilter {
  /** Whether this result is to be sent; it then counts as sent. */
  admits(result: FrameResult, nowNs: bigint): boolean;
}

/**
 * One per camera; regions are counted apart. Due times advance by the period and not from the sending, so that a camera
 * of 10 fps under `maxHz: 5` whose frames come a little late gives five a second and not three.
 */
export function createResultFilter({ results, maxHz, heartbeatS }: ResultPolicy): ResultFilter {
  const shortestNs = maxHz === null ? 0n : BigInt(Math.round(1e9 / maxHz));
  const longestNs = heartbeatS === null ? null : BigInt(Math.round(heartbeatS * 1e9));
  const periodNs = results === 'every' ? shortestNs : longestNs === null ? null : max(longestNs, shortestNs);
  const dueNs = new Map<string | null, bigint>();

  return {
    admits(result, nowNs) {
      if (results === 'off') return false;
      const due = dueNs.get(result.region);
      const isFirst = due === undefined;
      const isDue = due !== undefined && periodNs !== null && nowNs >= due;
      if (!isFirst && !isDue && result.change === null) return false;
      const step = periodNs ?? 0n;
      const onSchedule = isDue && due + step > nowNs;
      dueNs.set(result.region, onSchedule ? due + step : nowNs + step);
      return true;
    },
  };
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
