import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '../../deploy/demo/lockstep.js';
import { PICTURE_HEIGHT, PICTURE_WIDTH } from '../../deploy/demo/render.js';
import type { PictureFormat, View } from '../../src/frame.js';
import { type OrtSession, openSession } from '../../src/infer/ort-session.js';
import { manifestSchema } from '../../src/model/manifest.js';
import { createPreparer } from '../../src/prepare/prepare.js';

const FORMAT: PictureFormat = {
  kind: 'rgb24',
  width: PICTURE_WIDTH,
  height: PICTURE_HEIGHT,
  rowStride: PICTURE_WIDTH * 3,
};

export interface GraphDriver {
  readonly drive: Driver;
  readonly session: OrtSession;
}

/** Drives by what a package's graph sees, as the runner would compute it: same preparing, same runtime. */
export async function openGraphDriver(folder: string): Promise<GraphDriver> {
  const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));
  const rung = manifest.rungs[0]!;
  const graphPath = join(folder, rung.graphs[0]!.file);
  const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
  const preparer = createPreparer(rung);
  const view: View = { rotate: 0, region: null, fit: manifest.input.fit, cropPct: manifest.input.cropPct };
  return {
    session,
    drive: async ({ picture }) => {
      let logits: Promise<Float32Array> | null = null;
      preparer.prepare({ format: FORMAT, data: picture }, [view], (_, input) => {
        logits = session.run(input);
      });
      return softmax((await logits)!).map((score, i) => ({ class_id: manifest.labels[i]!, score }));
    },
  };
}

function softmax(logits: Float32Array): number[] {
  const peak = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - peak));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
