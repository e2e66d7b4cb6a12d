import { readFile } from 'node:fs/promises';
import { openSource } from '../../src/capture/sources.js';
import { systemClock } from '../../src/clock.js';
import type { PictureFormat, View } from '../../src/frame.js';
import { type OrtSession, openSession } from '../../src/infer/ort-session.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import { createPreparer, type Preparer } from '../../src/prepare/prepare.js';
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
  const preparer = createPreparer(rung);
  const view: View = { rotate: 0, fit: input.fit, cropPct: input.cropPct, region: null };
  const count = { photographs: photographs.length, same: 0, correctFromFile: 0, correctFromCapture: 0 };
  for (const { path, classIndex } of photographs) {
    const file = { format: { kind: 'jpeg' }, data: await readFile(path) } as const;
    const fromFile = await bestClass(session, preparer, view, file);
    const fromCapture = await bestClass(session, preparer, view, await captured(path, capture));
    if (fromFile === fromCapture) count.same++;
    if (fromFile === classIndex) count.correctFromFile++;
    if (fromCapture === classIndex) count.correctFromCapture++;
  }
  await session.close();
  return count;
}

interface Picture {
  readonly format: PictureFormat;
  readonly data: Uint8Array;
}

/** The photograph as the daemon's own ffmpeg source delivers it. */
async function captured(path: string, capture: { width: number; height: number }): Promise<Picture> {
  const request = { camera: 'photograph', url: `video:${path}?pace=fast`, fps: null, ...capture };
  const tools = { clock: systemClock, searchPath: process.env.PATH ?? '' };
  const frames: Picture[] = [];
  const sink = {
    frame: ({ format, data }: Picture) => frames.push({ format, data: Uint8Array.from(data) }),
    corrupt: (reason: string) => Promise.reject(new Error(reason)),
    note: () => undefined,
  };
  await openSource(request, tools).source.run(sink, new AbortController().signal);
  const [frame] = frames;
  if (frame === undefined) throw new Error(`ffmpeg gave no frame for ${path}`);
  return frame;
}

async function bestClass(session: OrtSession, preparer: Preparer, view: View, picture: Picture): Promise<number> {
  let copy = new Uint8Array(0);
  preparer.prepare(picture, [view], (_index, input) => {
    copy = Uint8Array.from(input);
  });
  const logits = await session.run(copy);
  return logits.indexOf(Math.max(...logits));
}
