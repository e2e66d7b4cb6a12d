import { type Evaluation, evaluate, type GraphUnderTest } from '../evaluate/evaluate.js';
import type { LabelledPicture } from '../evaluate/labelled-folder.js';
import { createInputMaker } from '../evaluate/picture-input.js';
import { PictureSource } from '../evaluate/picture-source.js';
import type { View } from '../frame.js';
import type { SharedWeights } from '../onnx/shared-weights.js';
import type { InputSize } from './build-options.js';
import { withTemporaryGraph } from './load-graph.js';
import { createProgress } from './progress.js';

interface GraphToMeasure {
  readonly id: string;
  readonly write: (weights: SharedWeights) => Uint8Array;
}

/** How often graphs are right, and what they lose to the first. */
export interface TopOne {
  readonly images: number;
  /** Of the pictures' names and contents. */
  readonly sha256: string;
  readonly graphs: readonly {
    readonly graph: string;
    readonly top1: number;
    /** Percentage points above the first graph; below it where negative. */
    readonly points: number;
    /** Probability of such a difference between equals; 1 for the first graph itself. */
    readonly mcNemarMidP: number;
  }[];
}

/** All graphs see each picture once. Throws what evaluating throws. */
export async function measureTopOne(
  graphs: readonly GraphToMeasure[],
  size: InputSize,
  view: View,
  labels: readonly string[],
  pictures: readonly LabelledPicture[],
): Promise<TopOne> {
  const source = new PictureSource(null);
  const progress = createProgress('points of top-1', pictures.length);
  const inputOf = createInputMaker(size, view);
  const withAll = (opened: readonly GraphUnderTest[]): Promise<Evaluation> => {
    const next = graphs[opened.length];
    if (next) return withTemporaryGraph(next.write, (session) => withAll([...opened, { id: next.id, session }]));
    const read = ({ path, name }: LabelledPicture) => source.read(path, name);
    return evaluate({ labels, graphs: opened, pictures, read, inputOf, advanced: progress.advanced });
  };
  try {
    const { images, graphs: measured } = await withAll([]);
    const reference = measured[0]?.top1.value ?? Number.NaN;
    return {
      ...{ images, sha256: source.digest() },
      graphs: measured.map(({ id, top1, paired }) => ({
        ...{ graph: id, top1: top1.value, points: 100 * (top1.value - reference) },
        mcNemarMidP: paired?.midP ?? 1,
      })),
    };
  } finally {
    progress.done();
  }
}
