import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openSession } from '../../src/infer/ort-session.js';
import { chooseGraph, readPackage } from '../../src/model/package.js';
import { createPreparer } from '../../src/prepare/prepare.js';
import { heldOutObjects } from './photographs.js';

it('the bundled object model is as accurate as it claims', async () => {
  const model = await readPackage(fileURLToPath(new URL('../../models/objects/package', import.meta.url)));
  const { rung, graphPath, graph } = chooseGraph(model);
  const { fit, cropPct } = model.manifest.input;
  const preparer = createPreparer(rung);
  const session = await openSession({ graphPath, threads: 1, providers: ['cpu'], binding: null });
  const photographs = heldOutObjects();
  let right = 0;
  for (const { path, classIndex } of photographs) {
    const data = readFileSync(path);
    let input: Uint8Array = new Uint8Array();
    preparer.prepare({ format: { kind: 'jpeg' }, data }, [{ rotate: 0, region: null, fit, cropPct }], (_, prepared) => {
      input = prepared;
    });
    const logits = await session.run(input);
    if (logits.indexOf(Math.max(...logits)) === classIndex) right++;
  }
  await session.close();
  const [claimed] = graph.quality;
  expect(photographs).toHaveLength(claimed?.images ?? 0);
  expect(Math.abs(right / photographs.length - (claimed?.value ?? 0))).toBeLessThan(0.005);
});
