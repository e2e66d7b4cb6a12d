import { type McNemar, mcNemar } from './mcnemar.js';
import { bestOf } from './ranking.js';
import { type Share, wilson } from './wilson.js';

export interface AgreementSummary {
  /** Pictures for which both name the same class first. */
  readonly same: Share;
  /** Of the logits of a picture. */
  readonly meanCosine: number;
  readonly lowestCosine: number;
  readonly largestDifference: number;
}

/** How close the answers of two networks to the same pictures are. */
export class Agreement {
  #pictures = 0;
  #same = 0;
  #cosines = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #difference = 0;

  add(a: Float32Array, b: Float32Array): void {
    const similarity = cosine(a, b);
    this.#pictures++;
    if (bestOf(a) === bestOf(b)) this.#same++;
    this.#cosines += similarity;
    this.#lowest = Math.min(this.#lowest, similarity);
    for (const [index, value] of a.entries())
      this.#difference = Math.max(this.#difference, Math.abs(value - (b[index] ?? 0)));
  }

  summary(): AgreementSummary {
    return {
      same: wilson(this.#same, this.#pictures),
      meanCosine: this.#cosines / this.#pictures,
      lowestCosine: this.#lowest,
      largestDifference: this.#difference,
    };
  }
}

export interface PairedRight extends McNemar {
  readonly onlyA: number;
  readonly onlyB: number;
}

/** Which of two networks was right where the other was wrong. */
export class Paired {
  #onlyA = 0;
  #onlyB = 0;

  add(isRightA: boolean, isRightB: boolean): void {
    if (isRightA && !isRightB) this.#onlyA++;
    if (!isRightA && isRightB) this.#onlyB++;
  }

  summary(): PairedRight {
    return { onlyA: this.#onlyA, onlyB: this.#onlyB, ...mcNemar(this.#onlyA, this.#onlyB) };
  }
}

/** Of two vectors; 1 of two that are zero, 0 where one is. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? 0;
    product += value * other;
    squaresA += value * value;
    squaresB += other * other;
  }
  if (squaresA === 0 || squaresB === 0) return squaresA === squaresB ? 1 : 0;
  return product / Math.sqrt(squaresA * squaresB);
}
