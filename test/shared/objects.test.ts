import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { modelEval } from '../../src/commands/model-eval.js';
import { readPackage } from '../../src/model/package.js';
import { SHARED_FOLDER } from './shared-folder.js';

it('the bundled object model is as accurate as it claims', async () => {
  const folder = fileURLToPath(new URL('../../models/objects/package', import.meta.url));
  const { manifest } = await readPackage(folder);
  const checkpoints = join(SHARED_FOLDER, 'checkpoints/ours');
  const names = {
    labels: join(checkpoints, 'xx_small-caltech99.labels.txt'),
    names: join(checkpoints, 'xx_small-objects26.labels.txt'),
  };
  const pictures = join(SHARED_FOLDER, 'data/caltech99-val');
  const { images, unreadable, data, graphs } = await modelEval(folder, pictures, names, () => undefined);
  expect({ images, unreadable, classesLeftOut: Object.keys(data.leftOut).length }).toEqual({
    ...{ images: 518, unreadable: [], classesLeftOut: 73 },
  });
  expect(graphs[0]?.id).toBe('float32');
  for (const { id, top1 } of graphs) {
    const quality = manifest.rungs[0]?.graphs.find((graph) => graph.id === id)?.quality;
    const claimed = quality?.find(({ metric }) => metric === 'top1');
    if (claimed || id === 'float32') expect(Math.abs(top1.value - (claimed?.value ?? 0))).toBeLessThan(0.005);
  }
});
