import type { InputMoments } from './error-feedback.js';
import type { Linear } from './network.js';

/** Sums up the answers of moment graphs, of one input size or several. */
export interface MomentStatistics {
  /** `layers` in the order of the answer. */
  add(layers: readonly Linear[], answer: Float32Array): void;
  moments(): ReadonlyMap<string, InputMoments>;
}

interface Sums extends InputMoments {
  answers: number;
}

export function createMomentStatistics(): MomentStatistics {
  const sums = new Map<string, Sums>();
  const sumsOf = ({ name, inputs }: Linear): Sums => {
    const known = sums.get(name);
    if (known) return known;
    const fresh = { mean: new Float64Array(inputs), products: new Float64Array(inputs * inputs), answers: 0 };
    sums.set(name, fresh);
    return fresh;
  };
  return {
    add(layers, answer) {
      let at = 0;
      for (const layer of layers) {
        const of = sumsOf(layer);
        of.answers++;
        for (const sum of [of.mean, of.products]) {
          for (let index = 0; index < sum.length; index++) sum[index] = sum[index]! + answer[at + index]!;
          at += sum.length;
        }
      }
    },
    moments: () =>
      new Map(
        [...sums].map(([name, { mean, products, answers }]) => [
          name,
          { mean: mean.map((v) => v / answers), products },
        ]),
      ),
  };
}
