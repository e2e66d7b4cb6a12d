import { rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toBinary } from '@bufbuild/protobuf';
import { modelError } from '../errors.js';
import { noiseFeeds } from '../evaluate/noise-feeds.js';
import { type BareSession, openBareSession } from '../infer/ort-session.js';
import type { Graph } from '../model/manifest.js';
import type { PackageWriter } from '../model/package-writer.js';
import { moveWeights } from '../onnx/external-data.js';
import { type ForeignClassifier, type Layout, setOutputClasses, settleClassifier } from '../onnx/foreign-classifier.js';
import { type ModelProto, ModelProtoSchema } from '../onnx/onnx_pb.js';
import { acceptPictures, answerLogits, type Normalisation } from '../onnx/picture-adapter.js';
import { SharedWeights } from '../onnx/shared-weights.js';
import { countParameters, weightedLayers } from '../onnx/weighted-layers.js';
import type { Scores } from './import-options.js';

export interface WrapOptions {
  readonly rungId: string;
  readonly width: number;
  readonly height: number;
  readonly normalisation: Normalisation;
  readonly metadata: Readonly<Record<string, string>>;
  readonly layout: Layout | undefined;
  readonly scores: Scores | undefined;
  readonly output: string | undefined;
}

export interface WrappedClassifier {
  readonly classes: number;
  readonly parameters: number;
  readonly layout: Layout;
  readonly scores: Scores;
  readonly graph: Graph;
}

/** Writes a foreign model as a graph of ours into the package, with its weights in a file of their own. Changes the model. */
export async function wrapClassifier(
  model: ModelProto,
  file: string,
  writer: PackageWriter,
  options: WrapOptions,
): Promise<WrappedClassifier> {
  const { rungId, width, height, metadata } = options;
  const classifier = settleClassifier(model, file, options);
  const parameters = countParameters(classifier.graph);
  const precision = weightedLayers(classifier.graph).some((layer) => layer.precision === 'int8') ? 'int8' : 'float32';
  const weights = new SharedWeights(`${rungId}.${precision}.weights`);
  moveWeights(model, dirname(file), weights);
  acceptPictures(classifier, options.normalisation);
  const weightBytes = weights.toBytes();
  const hasWeights = weightBytes.byteLength > 0;
  if (hasWeights) await writer.add(weights.file, weightBytes);

  const answer = await answerToNoise(model, writer.folder, classifier.output, `${file} at ${width}x${height}`);
  const classes = checkAnswer(answer.dims, classifier, file);
  const scores = decideScores(classifier, answer.data, options.scores, file);
  if (scores === 'probabilities') answerLogits(classifier);
  setOutputClasses(classifier.graph, classes);
  const graphFile = `${rungId}.${precision}.onnx`;
  addMetadata(model, { ...metadata, graph: precision });
  await writer.add(graphFile, toBinary(ModelProtoSchema, model));
  const graph: Graph = {
    id: precision,
    file: graphFile,
    weights: hasWeights ? [weights.file] : [],
    precision,
    quality: [],
  };
  return { classes, parameters, layout: classifier.layout, scores, graph };
}

/** Runs the model once: what it says of its output, and whether onnxruntime takes it at all in this size. */
async function answerToNoise(model: ModelProto, folder: string, output: string, what: string) {
  const graphPath = join(folder, 'trial.onnx');
  await writeFile(graphPath, toBinary(ModelProtoSchema, model));
  let session: BareSession | null = null;
  try {
    session = await openBareSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
    const answers = await session.run(noiseFeeds(session.inputs, graphPath));
    const answer = answers[output];
    return { dims: answer?.dims ?? [], data: [...(answer?.data ?? [])] };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw modelError('foreign-mismatch', `${what}: onnxruntime does not run it: ${reason}`, { what }, cause);
  } finally {
    await session?.close();
    await rm(graphPath);
  }
}

function checkAnswer(dims: readonly number[], { output }: ForeignClassifier, file: string): number {
  const [batch, classes, ...more] = dims;
  if (batch === 1 && classes !== undefined && classes >= 2 && more.length === 0) return classes;
  throw modelError(
    'foreign-mismatch',
    `${file}: output "${output}": expected [1, classes], it answers [${dims.join(', ')}]`,
    {
      file,
      dims,
    },
  );
}

/** Of sums that should be one. */
const TOLERANCE = 1e-3;

/** Probabilities taken for logits would make every answer unsure: what looks like them has to be declared. */
function decideScores(
  { lastOperator }: ForeignClassifier,
  answer: readonly number[],
  declared: Scores | undefined,
  file: string,
): Scores {
  const sum = answer.reduce((total, value) => total + value, 0);
  const areProbabilities =
    answer.every((value) => value >= 0 && value <= 1 + TOLERANCE) && Math.abs(sum - 1) < TOLERANCE;
  const refuse = (problem: string) => modelError('foreign-scores', `${file}: ${problem}`, { file, lastOperator, sum });
  if (lastOperator === 'Sigmoid')
    throw refuse('its answers come from a Sigmoid, each class by itself; expected one class a picture');
  if (declared === 'probabilities' && !areProbabilities)
    throw refuse(
      `--scores probabilities: its answers to noise are none, they add up to ${sum.toPrecision(4)}; is it --scores logits?`,
    );
  if (declared !== 'probabilities' && areProbabilities)
    throw refuse(
      `its answers ${lastOperator === 'Softmax' ? 'come from a Softmax' : 'add up to one'}: they are probabilities; declare that with --scores probabilities`,
    );
  return areProbabilities ? 'probabilities' : 'logits';
}

function addMetadata(model: ModelProto, metadata: Readonly<Record<string, string>>): void {
  const kept = model.metadataProps.filter(({ key }) => !(key in metadata));
  const added = Object.entries(metadata).map(([key, value]) => ({
    $typeName: 'onnx.StringStringEntryProto' as const,
    key,
    value,
  }));
  model.metadataProps = [...kept, ...added];
}
