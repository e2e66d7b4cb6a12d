export interface ClassRecall {
  readonly label: string;
  readonly right: number;
  readonly images: number;
}

export interface Mistake {
  readonly label: string;
  readonly takenFor: string;
  readonly images: number;
}

/** What pictures of each class were taken for. */
export class Confusion {
  readonly #labels: readonly string[];
  readonly #counts: Uint32Array;

  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.#counts = new Uint32Array(labels.length ** 2);
  }

  add(truth: number, said: number): void {
    const cell = truth * this.#labels.length + said;
    this.#counts[cell] = (this.#counts[cell] ?? 0) + 1;
  }

  /** Classes that were shown, the least recognised first; of equals, the one with more pictures. */
  worst(): ClassRecall[] {
    const shown = this.#labels.map((label, truth) => {
      const row = this.#row(truth);
      return { label, right: row[truth] ?? 0, images: row.reduce((sum, count) => sum + count, 0) };
    });
    return shown
      .filter(({ images }) => images > 0)
      .sort((a, b) => a.right / a.images - b.right / b.images || b.images - a.images);
  }

  /** Every kind of mistake that was made, the most frequent first. */
  mistakes(): Mistake[] {
    const made = this.#labels.flatMap((label, truth) =>
      [...this.#row(truth)].flatMap((images, said) =>
        images === 0 || said === truth ? [] : [{ label, takenFor: this.#labels[said] ?? '', images }],
      ),
    );
    return made.sort((a, b) => b.images - a.images);
  }

  #row(truth: number): Uint32Array {
    const width = this.#labels.length;
    return this.#counts.subarray(truth * width, (truth + 1) * width);
  }
}
