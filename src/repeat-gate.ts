import { type Clock, msToNs } from './clock.js';

/** True when `key` may be said again: at most once in each period, so that what repeats fills no log. Keys are few and fixed. */
export type RepeatGate = (key: string) => boolean;

export function createRepeatGate(everyMs: number, clock: Clock): RepeatGate {
  const saidNs = new Map<string, bigint>();
  return (key) => {
    const nowNs = clock.monotonicNs();
    const last = saidNs.get(key);
    if (last !== undefined && nowNs - last < msToNs(everyMs)) return false;
    saidNs.set(key, nowNs);
    return true;
  };
}
