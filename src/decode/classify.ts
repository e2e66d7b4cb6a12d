import type { ClassScore } from '../frame.js';

/** Classification: from raw network outputs to probabilities, best first. */
export interface Classification {
  readonly top: readonly ClassScore[];
  readonly margin: number;
}

const TOP_K = 5;

/** Softmax of the logits, its best five with their names, and the distance of the best to the second. */
export function classify(logits: Float32Array, labels: readonly string[]): Classification {
  const best = largest(logits, Math.min(TOP_K, logits.length));
  const peak = logits[best[0]!]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i]! - peak);
  const top = best.map((index) => ({
    classId: labels[index] ?? String(index),
    score: Math.exp(logits[index]! - peak) / sum,
  }));
  return { top, margin: top[0]!.score - (top[1]?.score ?? 0) };
}

/** Indices of the k largest values, largest first; of equal values the lower index. */
function largest(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    let place = best.length;
    while (place > 0 && values[best[place - 1]!]! < value) place--;
    if (place >= k) continue;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
