export interface McNemar {
  /** Exact conditional p, two-sided: never too small, often too large. */
  readonly exactP: number;
  /** The exact p less half the probability of what was seen on either side: close to the true size of the test. */
  readonly midP: number;
}

/**
 * Do two classifiers differ on the same pictures? `onlyA` pictures were right by the first alone, `onlyB` by the second.
 * Formulas: Fagerland, Lydersen and Laake 2013, doi 10.1186/1471-2288-13-91.
 */
export function mcNemar(onlyA: number, onlyB: number): McNemar {
  const differing = onlyA + onlyB;
  if (differing === 0) return { exactP: 1, midP: 1 };
  const fewer = Math.min(onlyA, onlyB);
  const seen = halfBinomial(fewer, differing);
  if (onlyA === onlyB) return { exactP: 1, midP: 1 - seen / 2 };
  let tail = 0;
  for (let count = 0; count <= fewer; count++) tail += halfBinomial(count, differing);
  const exactP = Math.min(1, 2 * tail);
  return { exactP, midP: exactP - seen };
}

/** Probability of `count` heads in `of` tosses of a fair coin. In logarithms: 2 ** -of underflows from 1075 on. */
function halfBinomial(count: number, of: number): number {
  let logarithm = -of * Math.LN2;
  for (let i = 1; i <= count; i++) logarithm += Math.log((of - count + i) / i);
  return Math.exp(logarithm);
}
