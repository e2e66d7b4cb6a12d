import type { Precision, PrecisionTable } from './precision.js';

/** How far the answers move when one layer alone is int8. */
export interface Sensitivity {
  readonly layer: string;
  readonly divergence: number;
}

export interface KeptFloat {
  readonly precisions: PrecisionTable;
  /** Layers that stay float32, the most sensitive first. */
  readonly kept: readonly string[];
  /** Of the whole graph. */
  readonly divergence: number;
}

/**
 * The table with the fewest layers in float32 whose divergence, as `measure` finds it, is within `bound`: the most sensitive
 * layers are kept first, and how many is found by halving. If even all of them don't do, all are kept.
 */
export async function keepFewest(
  table: PrecisionTable,
  sensitivities: readonly Sensitivity[],
  bound: number,
  measure: (table: PrecisionTable) => Promise<number>,
): Promise<KeptFloat> {
  const ranked = sensitivities.toSorted((a, b) => b.divergence - a.divergence).map(({ layer }) => layer);
  const without = (count: number): PrecisionTable => {
    const kept = new Set(ranked.slice(0, count));
    return new Map([...table].filter(([layer]) => !kept.has(layer)));
  };
  const known = new Map<number, number>();
  const divergenceOf = async (count: number): Promise<number> => {
    const measured = known.get(count) ?? (await measure(without(count)));
    known.set(count, measured);
    return measured;
  };
  let [enough, tooFew] = [ranked.length, -1];
  while (enough - tooFew > 1) {
    const middle = tooFew + Math.floor((enough - tooFew) / 2);
    if ((await divergenceOf(middle)) <= bound) enough = middle;
    else tooFew = middle;
  }
  return { precisions: without(enough), kept: ranked.slice(0, enough), divergence: await divergenceOf(enough) };
}

/** Mean Kullback-Leibler divergence, in nats, of the probabilities that `logits` say from those that `expected` say. */
export function meanDivergence(expected: readonly Float32Array[], logits: readonly Float32Array[]): number {
  const sum = expected.reduce((total, reference, at) => total + divergence(reference, logits[at]!), 0);
  return sum / expected.length;
}

function divergence(expected: Float32Array, logits: Float32Array): number {
  const [p, q] = [logProbabilities(expected), logProbabilities(logits)];
  return p.reduce((sum, value, at) => sum + Math.exp(value) * (value - q[at]!), 0);
}

function logProbabilities(logits: Float32Array): Float64Array {
  const values = Float64Array.from(logits);
  const peak = values.reduce((a, b) => Math.max(a, b));
  const logSum = peak + Math.log(values.reduce((sum, value) => sum + Math.exp(value - peak), 0));
  return values.map((value) => value - logSum);
}

/** Only this layer as int8. */
export const alone = (table: PrecisionTable, layer: string): PrecisionTable =>
  new Map<string, Precision>([[layer, table.get(layer) ?? 'float32']]);
