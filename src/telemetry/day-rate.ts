import { type Figure, missing } from './figures.js';

const HOUR_NS = 3_600_000_000_000n;
const DAY_NS = 24n * HOUR_NS;
/** What was written in a shorter time says nothing about a day. */
const LEAST_NS = HOUR_NS / 6n;

interface Sample {
  readonly atNs: bigint;
  readonly total: number;
}

/** From a growing total to what a day adds: over the last 24 hours, and until there are so many over all there are. */
export class DayRate {
  #samples: Sample[] = [];

  perDay(atNs: bigint, total: number): Figure {
    const last = this.#samples.at(-1);
    if (last !== undefined && total < last.total) this.#samples = [];
    if (this.#samples.length === 0 || atNs - (last?.atNs ?? atNs) >= HOUR_NS) this.#samples.push({ atNs, total });
    while ((this.#samples[1]?.atNs ?? atNs) <= atNs - DAY_NS) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || atNs - first.atNs < LEAST_NS) return missing('not-yet');
    return (total - first.total) * (Number(DAY_NS) / Number(atNs - first.atNs));
  }
}
