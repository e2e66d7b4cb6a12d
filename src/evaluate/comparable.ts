import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configurationError } from '../errors.js';
import { type OrtSession, openSession } from '../infer/ort-session.js';
import { type Manifest, manifestSchema } from '../model/manifest.js';
import { readModel } from '../onnx/read-model.js';
import type { Size } from '../prepare/picture.js';
import type { ComparedGraph } from './compare.js';
import type { GraphReference } from './graph-reference.js';
import { createInputMaker } from './picture-input.js';

/** A loaded graph that takes pictures. The one who opened it closes its session. */
export interface ComparableGraph extends ComparedGraph {
  readonly session: OrtSession;
  readonly input: Size;
  readonly classes: number;
  /** null: a file by itself does not know them. */
  readonly labels: readonly string[] | null;
  readonly files: readonly string[];
  readonly runtime: string;
}

/** @throws configuration error `contract-unknown` for a file that does not say how pictures become its input. */
export async function openComparable(reference: GraphReference, threads: number): Promise<ComparableGraph> {
  const { id, graphPath, origin } = reference;
  const contract = origin?.model.manifest.input ?? (await contractOf(graphPath));
  const session = await openSession({ graphPath, threads, providers: ['cpu'], binding: null });
  const { width, height, classes, runtime } = session;
  const { fit, cropPct } = contract;
  return {
    ...{ id, session, classes, runtime, input: { width, height } },
    inputOf: createInputMaker({ width, height }, { rotate: 0, region: null, fit, cropPct }),
    labels: origin?.model.manifest.labels ?? null,
    files: [graphPath, ...(origin?.graph.weights ?? []).map((path) => join(origin?.model.folder ?? '', path))],
  };
}

/** Graphs of ours carry their input contract with them. */
async function contractOf(graphPath: string): Promise<Manifest['input']> {
  const { metadataProps } = readModel(await readFile(graphPath), graphPath);
  const text = metadataProps.find(({ key }) => key === 'input')?.value;
  const parsed = text === undefined ? null : manifestSchema.shape.input.safeParse(JSON.parse(text));
  if (parsed?.success) return parsed.data;
  throw configurationError(
    'contract-unknown',
    `${graphPath} does not say how pictures become its input; make a package of it with "edgenextd model import"`,
    { graphPath },
  );
}
