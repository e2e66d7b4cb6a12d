import { type Evaluation, evaluate, type GraphUnderTest } from '../evaluate/evaluate.js';
import { graphsOf } from '../evaluate/graph-reference.js';
import { readLabelledFolder } from '../evaluate/labelled-folder.js';
import { createInputMaker } from '../evaluate/picture-input.js';
import { PictureSource } from '../evaluate/picture-source.js';
import { createScaler, parseScaler } from '../evaluate/through-scaler.js';
import { type OrtSession, openSession } from '../infer/ort-session.js';
import { captureSizeFor } from '../model/capture-size.js';
import { chooseGraph, readPackage } from '../model/package.js';
import { type EvaluationReport, evaluationText } from './evaluation-text.js';
import { parseThreads } from './option-numbers.js';
import { createProgress } from './progress.js';
import { readLabels, readNames } from './read-labels.js';

/** `edgenextd model eval`, as typed. */
export interface ModelEvalOptions {
  readonly rung?: string;
  readonly graph?: readonly string[];
  readonly labels?: string;
  readonly names?: string;
  readonly through?: string;
  readonly threads?: string;
  readonly json?: boolean;
}

/**
 * `edgenextd model eval PACKAGE FOLDER`: how often each graph of a rung is right, compared picture by picture with the
 * first of them, which is float32 where there is one.
 * @throws configuration errors about options and the folder, model errors about the package.
 */
export async function modelEval(
  folder: string,
  pictures: string,
  options: ModelEvalOptions,
  write: (text: string) => void,
): Promise<EvaluationReport> {
  const model = await readPackage(folder);
  const { manifest } = model;
  const { rung } = chooseGraph(model, options.rung);
  const threads = parseThreads(options.threads);
  const scaler = options.through === undefined ? null : parseScaler(options.through, captureSizeFor(manifest));
  const references = graphsOf(model, { rung: rung.id, graph: options.graph });
  const isFloat = (reference: (typeof references)[number]): boolean => reference.origin?.graph.precision === 'float32';
  const ordered = [...references.filter(isFloat), ...references.filter((reference) => !isFloat(reference))];
  const known = await readLabelledFolder(pictures, {
    classes: options.names === undefined ? manifest.labels : await readLabels(options.names, manifest.labels.length),
    numbered: options.labels === undefined ? manifest.labels : await readNames(options.labels),
  });
  const source = new PictureSource(scaler === null ? null : createScaler(scaler));
  const progress = createProgress('evaluating', known.pictures.length);
  const sessions: OrtSession[] = [];
  let evaluation: Evaluation;
  try {
    const graphs: GraphUnderTest[] = [];
    for (const { graphPath, origin } of ordered) {
      const fixed = { input: rung, classes: manifest.labels.length, providers: ['cpu'], binding: null } as const;
      const session = await openSession({ ...fixed, graphPath, threads });
      sessions.push(session);
      graphs.push({ id: origin?.graph.id ?? '', session });
    }
    const { fit, cropPct } = manifest.input;
    evaluation = await evaluate({
      ...{ labels: manifest.labels, graphs, pictures: known.pictures, advanced: progress.advanced },
      read: ({ path, name }) => source.read(path, name),
      inputOf: createInputMaker(rung, { rotate: 0, region: null, fit, cropPct }),
    });
  } finally {
    progress.done();
    for (const session of sessions) await session.close();
  }
  const report: EvaluationReport = {
    package: { name: manifest.name, version: manifest.version, digest: model.digest, rung: rung.id },
    data: { folder: pictures, digest: source.digest(), leftOut: Object.fromEntries(known.unknown) },
    through: scaler,
    runtime: sessions[0]?.runtime ?? '',
    threads,
    ...evaluation,
  };
  write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : evaluationText(report));
  return report;
}
