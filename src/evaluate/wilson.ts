export interface Share {
  readonly count: number;
  readonly of: number;
  /** count / of; NaN of nothing. */
  readonly value: number;
  /** Ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** The 0.975 quantile of the normal distribution. */
const Z = 1.959963984540054;

/** A share with its 95 % score interval (Wilson 1927; method 3 of Newcombe 1998, doi 10.1002/sim.4780170802). */
export function wilson(count: number, of: number): Share {
  const value = count / of;
  const spread = Z ** 2 / of;
  const centre = (value + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((value * (1 - value)) / of + spread / (4 * of))) / (1 + spread);
  return {
    ...{ count, of, value },
    low: count === 0 ? 0 : centre - half,
    high: count === of ? 1 : centre + half,
  };
}
