/** Seeded randomness: the same seed gives the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** Normal, with the given standard deviation around 0. */
  gauss(deviation: number): number;
  chance(probability: number): boolean;
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, ample for scenery and noise. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    gauss: (deviation) => deviation * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    chance: (probability) => next() < probability,
  };
}

/** A seed for a part of something that has a seed, so that parts don't share their numbers. */
export const subSeed = (seed: number, part: number): number =>
  Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(part, 0x85ebca77);
