import { nsToMs } from '../clock.js';
import type { ClassChange, HeldClass } from '../result.js';

export const UNKNOWN = 'unknown';

export interface HoldTimes {
  /** A class must be seen this long, without another in between, before it is held. */
  holdMs(classId: string): number;
  /** A held class survives this long without being seen. */
  releaseMs(classId: string): number;
}

export interface Sighting {
  readonly classId: string;
  readonly score: number;
  readonly capturedNs: bigint;
  readonly nowNs: bigint;
}

/**
 * Smoothing in seconds, so that it means the same at every frame rate: which class one region of a camera is held to
 * show. `unknown` is a class like any other here, except that a held class gives way to it after its release time.
 */
export class Hold {
  readonly #times: HoldTimes;
  #held: HeldClass | null = null;
  #lastSeenNs = 0n;
  #candidate: { classId: string; sinceNs: bigint } | null = null;

  constructor(times: HoldTimes) {
    this.#times = times;
  }

  see(sighting: Sighting): { held: HeldClass; change: ClassChange | null } {
    if (this.#held?.classId === sighting.classId) return this.#stay(this.#held, sighting);
    if (this.#candidate?.classId !== sighting.classId) {
      this.#candidate = { classId: sighting.classId, sinceNs: sighting.capturedNs };
    }
    if (this.#held === null) return this.#switchTo(sighting.classId, sighting, this.#candidate.sinceNs);

    const seenMs = nsToMs(sighting.capturedNs - this.#candidate.sinceNs);
    const unseenMs = nsToMs(sighting.capturedNs - this.#lastSeenNs);
    const released = unseenMs >= this.#times.releaseMs(this.#held.classId);
    const earned = sighting.classId === UNKNOWN ? released : seenMs >= this.#times.holdMs(sighting.classId);
    if (earned) return this.#switchTo(sighting.classId, sighting, this.#candidate.sinceNs);
    if (released && this.#held.classId !== UNKNOWN) return this.#switchTo(UNKNOWN, sighting, this.#lastSeenNs);
    return { held: this.#held, change: null };
  }

  #stay(held: HeldClass, sighting: Sighting): { held: HeldClass; change: null } {
    this.#held = { ...held, score: scoreOf(sighting.classId, sighting) };
    this.#lastSeenNs = sighting.capturedNs;
    this.#candidate = null;
    return { held: this.#held, change: null };
  }

  #switchTo(classId: string, sighting: Sighting, firstSeenNs: bigint): { held: HeldClass; change: ClassChange } {
    const previous = this.#held;
    const score = scoreOf(classId, sighting);
    this.#held = { classId, score, sinceNs: sighting.capturedNs };
    this.#lastSeenNs = sighting.capturedNs;
    if (this.#candidate?.classId === classId) this.#candidate = null;
    const change: ClassChange = {
      from: previous?.classId ?? null,
      to: classId,
      score,
      decidedAfterMs: nsToMs(sighting.nowNs - firstSeenNs),
      previousDurationMs: previous === null ? null : nsToMs(sighting.capturedNs - previous.sinceNs),
    };
    return { held: this.#held, change };
  }
}

function scoreOf(classId: string, sighting: Sighting): number | null {
  return classId === UNKNOWN || classId !== sighting.classId ? null : sighting.score;
}
