import { readFile } from 'node:fs/promises';
import { type Captured, createInputMaker } from '../../src/evaluate/picture-input.js';
import { bestOf } from '../../src/evaluate/ranking.js';
import { createScaler } from '../../src/evaluate/through-scaler.js';
import { openSession } from '../../src/infer/ort-session.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import type { LabelledPhotograph } from './photographs.js';

export interface Agreement {
  readonly photographs: number;
  /** Photographs for which both ways give the same best class. */
  readonly same: number;
  readonly correctFromFile: number;
  readonly correctFromCapture: number;
}

/**
 * How often the bundled objects model says the same of a photograph that ffmpeg scaled to the capture size, as it does
 * with video and cameras, and of the file itself, which is prepared as in training.
 */
export async function scalerAgreement(
  photographs: readonly LabelledPhotograph[],
  capture: { width: number; height: number },
): Promise<Agreement> {
  const model = await readPackage('models/objects/package');
  const { rung, graphPath } = chooseGraph(model);
  const { labels, input } = model.manifest;
  const options = { threads: 1, providers: ['cpu'], binding: null } as const;
  const session = await openSession({ graphPath, input: rung, classes: labels.length, ...options });
  const inputOf = createInputMaker(rung, { rotate: 0, fit: input.fit, cropPct: input.cropPct, region: null });
  const scale = createScaler({ scheme: 'video', capture });
  const best = async (picture: Captured): Promise<number> => bestOf(await session.run(inputOf(picture)));
  const count = { photographs: photographs.length, same: 0, correctFromFile: 0, correctFromCapture: 0 };
  for (const { path, classIndex } of photographs) {
    const fromFile = await best({ format: { kind: 'jpeg' }, data: await readFile(path) });
    const fromCapture = await best(await scale(path));
    if (fromFile === fromCapture) count.same++;
    if (fromFile === classIndex) count.correctFromFile++;
    if (fromCapture === classIndex) count.correctFromCapture++;
  }
  await session.close();
  return count;
}
