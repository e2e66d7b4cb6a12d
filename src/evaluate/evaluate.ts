/**
 * evaluate/: how good, how fast and how alike networks are; what the `edgenextd model` commands report.
 *
 *   evaluate          pictures with known classes → top-1, top-5, paired comparison, mistakes
 *   compare           the same pictures to two networks → how alike their answers are
 *   time-graphs       all graphs in turn → milliseconds         profile        … by operator
 *   labelled-folder   where pictures and classes come from      through-scaler what a real source's scaler makes of them
 *   wilson, mcnemar, agreement, confusion, percentile           the statistics; pure
 *
 * Promises: pictures are read one at a time and made inputs of exactly as the daemon does; what could not be read is
 * listed, never passed over. Runs in the command's own process and blocks it. Nothing of cameras or brokers is loaded.
 * To test: statistics against published values, the rest with tiny graphs whose answers are known.
 */
import { modelError } from '../errors.js';
import type { OrtSession } from '../infer/ort-session.js';
import { Agreement, type AgreementSummary, Paired, type PairedRight } from './agreement.js';
import { type ClassRecall, Confusion, type Mistake } from './confusion.js';
import type { LabelledPicture } from './labelled-folder.js';
import { type Captured, type InputMaker, isBadPicture } from './picture-input.js';
import { bestOf, rankOf } from './ranking.js';
import { type Share, wilson } from './wilson.js';

export interface GraphUnderTest {
  readonly id: string;
  readonly session: Pick<OrtSession, 'run'>;
}

export interface EvaluationInput {
  readonly labels: readonly string[];
  /** All of one rung. The first is what the others are compared with. */
  readonly graphs: readonly GraphUnderTest[];
  readonly pictures: readonly LabelledPicture[];
  readonly read: (picture: LabelledPicture) => Promise<Captured>;
  readonly inputOf: InputMaker;
  /** Called after every picture. */
  readonly advanced: () => void;
}

export interface GraphEvaluation {
  readonly id: string;
  readonly top1: Share;
  /** null where there are no more than five classes. */
  readonly top5: Share | null;
  /** Against the first graph; null for that one itself. */
  readonly paired: (AgreementSummary & PairedRight & { readonly reference: string }) | null;
  readonly worst: readonly ClassRecall[];
  readonly mistakes: readonly Mistake[];
}

export interface Evaluation {
  readonly images: number;
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[];
  readonly graphs: readonly GraphEvaluation[];
}

const TOP = 5;

/** Shows every picture to every graph. @throws model error `scores-not-finite` for a graph that answers NaN or infinity. */
export async function evaluate(input: EvaluationInput): Promise<Evaluation> {
  const tallies = input.graphs.map((graph) => new Tally(graph.id, input.labels));
  const [reference] = tallies;
  const unreadable: { name: string; reason: string }[] = [];
  for (const picture of input.pictures) {
    try {
      const prepared = input.inputOf(await input.read(picture));
      for (const [index, { id, session }] of input.graphs.entries())
        tallies[index]?.add(picture.truth, finite(Float32Array.from(await session.run(prepared)), id, picture.name));
      for (const tally of tallies) if (reference && tally !== reference) tally.compare(reference);
    } catch (thrown) {
      if (!isBadPicture(thrown)) throw thrown;
      unreadable.push({ name: picture.name, reason: thrown.message });
    }
    input.advanced();
  }
  const graphs = tallies.map((tally) => tally.summary(tally === reference ? null : (reference?.id ?? null)));
  return { images: input.pictures.length - unreadable.length, unreadable, graphs };
}

/** @throws model error `scores-not-finite`. */
export function finite(logits: Float32Array, graph: string, picture: string): Float32Array {
  if (logits.every(Number.isFinite)) return logits;
  throw modelError('scores-not-finite', `graph ${graph} answers NaN or infinity to ${picture}: it can't be judged`, {
    graph,
    picture,
  });
}

/** What one graph has answered so far. */
class Tally {
  readonly id: string;
  readonly #classes: number;
  readonly #confusion: Confusion;
  readonly #agreement = new Agreement();
  readonly #paired = new Paired();
  #images = 0;
  #right = 0;
  #amongTop = 0;
  #last: { readonly logits: Float32Array; readonly isRight: boolean } | null = null;

  constructor(id: string, labels: readonly string[]) {
    this.id = id;
    this.#classes = labels.length;
    this.#confusion = new Confusion(labels);
  }

  add(truth: number, logits: Float32Array): void {
    const rank = rankOf(logits, truth);
    this.#images++;
    if (rank === 0) this.#right++;
    if (rank < TOP) this.#amongTop++;
    this.#confusion.add(truth, bestOf(logits));
    this.#last = { logits, isRight: rank === 0 };
  }

  /** The last answers of both, to the same picture. */
  compare(reference: Tally): void {
    if (!this.#last || !reference.#last) return;
    this.#agreement.add(reference.#last.logits, this.#last.logits);
    this.#paired.add(reference.#last.isRight, this.#last.isRight);
  }

  summary(reference: string | null): GraphEvaluation {
    return {
      id: this.id,
      top1: wilson(this.#right, this.#images),
      top5: this.#classes > TOP ? wilson(this.#amongTop, this.#images) : null,
      paired: reference === null ? null : { reference, ...this.#agreement.summary(), ...this.#paired.summary() },
      worst: this.#confusion.worst(),
      mistakes: this.#confusion.mistakes(),
    };
  }
}
