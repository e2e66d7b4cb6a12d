import type { StageDurations } from '../result.js';

const STAGES = ['wait', 'transfer', 'prepare', 'network', 'decode', 'total'] as const;
export type Stage = (typeof STAGES)[number];

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

const SHORTEST_MS = 0.001;
const LONGEST_MS = 600_000;
/** Each step is wider than the one before by this: what is read out is at most half a step off. */
const STEP = 1.02;
const STEPS = Math.ceil(Math.log(LONGEST_MS / SHORTEST_MS) / Math.log(STEP)) + 1;

/** Durations in steps of 2 %, so that any number of frames fits into 4 KB: percentiles are right to within 1 %. */
export class DurationHistogram {
  readonly #counts = new Uint32Array(STEPS);
  #total = 0;

  add(ms: number): void {
    const step = Math.floor(Math.log(Math.max(ms, SHORTEST_MS) / SHORTEST_MS) / Math.log(STEP));
    const index = Math.min(step, STEPS - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
  }

  /** By nearest rank; null when nothing was added since `clear`. */
  percentiles(): Percentiles | null {
    if (this.#total === 0) return null;
    return { p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99) };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  #at(share: number): number {
    let left = Math.ceil(share * this.#total);
    let step = 0;
    while (step < STEPS - 1) {
      left -= this.#counts[step] ?? 0;
      if (left <= 0) break;
      step += 1;
    }
    return SHORTEST_MS * STEP ** (step + 0.5);
  }
}

/** One histogram for each stage of a frame. */
export class StageLatency {
  readonly #stages = STAGES.map((stage) => [stage, `${stage}Ms`, new DurationHistogram()] as const);

  add(durations: StageDurations): void {
    for (const [, key, histogram] of this.#stages) histogram.add(durations[key]);
  }

  /** Since the last time it was asked; null when there was no frame. */
  take(): Readonly<Record<Stage, Percentiles>> | null {
    const read = this.#stages.map(([stage, , histogram]) => [stage, histogram.percentiles()] as const);
    for (const [, , histogram] of this.#stages) histogram.clear();
    return read.every(([, each]) => each !== null) ? (Object.fromEntries(read) as Record<Stage, Percentiles>) : null;
  }
}
