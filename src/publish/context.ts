import type { Clock } from '../clock.js';
import { type Identity, PROTOCOL_VERSION } from './topics.js';

/** Both clocks, read at one moment. */
export interface Instant {
  readonly monotonicNs: bigint;
  readonly wallMs: number;
}

/** All that a message says about its sender and its moment, apart from its subject. */
export interface MessageContext {
  readonly identity: Identity;
  readonly now: Instant;
  readonly bootId: string | null;
  readonly clockSynchronized: boolean | null;
}

/** A message before the one thing that its way decides: each way counts its messages, so that gaps mean loss on it. */
export type Draft<M> = Omit<M, 'headerId'>;

export const instantOf = (clock: Clock): Instant => ({ monotonicNs: clock.monotonicNs(), wallMs: clock.wallMs() });

export const headerOf = ({ identity, now }: MessageContext) => ({
  timestamp: new Date(now.wallMs).toISOString(),
  version: PROTOCOL_VERSION,
  manufacturer: identity.manufacturer,
  serialNumber: identity.serialNumber,
});

/** UTC of a moment on the monotonic clock, as the wall clock counts now; a moment in the future counts as now. */
function utcNs(monotonicNs: bigint, now: Instant): bigint {
  const ageNs = now.monotonicNs > monotonicNs ? now.monotonicNs - monotonicNs : 0n;
  return BigInt(Math.floor(now.wallMs)) * 1_000_000n - ageNs;
}

export const utcOf = (monotonicNs: bigint, now: Instant): string =>
  new Date(Number(utcNs(monotonicNs, now) / 1_000_000n)).toISOString();

/** The same for a moment to come. */
export const dueOf = (monotonicNs: bigint, now: Instant): string =>
  new Date(Math.floor(now.wallMs) + Number((monotonicNs - now.monotonicNs) / 1_000_000n)).toISOString();

const NS_PER_SECOND = 1_000_000_000n;

/** As in ROS: seconds rounded down, so that nanosec is never negative. */
export function stampOf(monotonicNs: bigint, now: Instant): { sec: number; nanosec: number } {
  const ns = utcNs(monotonicNs, now);
  const nanosec = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  return { sec: Number((ns - nanosec) / NS_PER_SECOND), nanosec: Number(nanosec) };
}

/** Six decimals of a score, three of milliseconds: more is noise that every subscriber pays for. */
export const roundScore = (score: number): number => Math.min(1, Math.max(0, Math.round(score * 1e6) / 1e6));
export const roundMs = (ms: number): number => Math.max(0, Math.round(ms * 1e3) / 1e3);
export const roundFps = (fps: number | null): number | null => (fps === null ? null : Math.round(fps * 10) / 10);
