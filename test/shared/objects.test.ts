import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSession } from '../../src/infer/ort-session.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import { createPreparer } from '../../src/prepare/prepare.js';
import { SHARED_FOLDER } from './shared-folder.js';

const lines = (path: string) => readFileSync(join(SHARED_FOLDER, path), 'utf8').trim().split('\n');

/** The held-out photographs of the classes that the bundled model knows, with the number of the class in the model. */
function heldOutPhotographs(): { readonly file: string; readonly label: number }[] {
  const known = lines('checkpoints/ours/xx_small-objects26.labels.txt');
  const all = lines('checkpoints/ours/xx_small-caltech99.labels.txt');
  return lines('data/caltech99-val/labels.tsv')
    .map((line) => line.split('\t'))
    .map(([file = '', index]) => ({ file, label: known.indexOf(all[Number(index)] ?? '') }))
    .filter(({ label }) => label >= 0);
}

it('the bundled object model is as accurate as it claims', async () => {
  const model = await readPackage(fileURLToPath(new URL('../../models/objects/package', import.meta.url)));
  const { rung, graphPath, graph } = chooseGraph(model);
  const { fit, cropPct } = model.manifest.input;
  const preparer = createPreparer(rung);
  const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
  const photographs = heldOutPhotographs();
  let right = 0;
  for (const { file, label } of photographs) {
    const data = readFileSync(join(SHARED_FOLDER, 'data/caltech99-val', file));
    let input: Uint8Array = new Uint8Array();
    preparer.prepare({ format: { kind: 'jpeg' }, data }, [{ rotate: 0, region: null, fit, cropPct }], (_, prepared) => {
      input = prepared;
    });
    const logits = await session.run(input);
    if (logits.indexOf(Math.max(...logits)) === label) right++;
  }
  await session.close();
  const [claimed] = graph.quality;
  expect(photographs).toHaveLength(claimed?.images ?? 0);
  expect(Math.abs(right / photographs.length - (claimed?.value ?? 0))).toBeLessThan(0.005);
});
