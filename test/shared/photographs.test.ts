import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPreparer } from '../../src/prepare/prepare.js';
import { jpegsOf } from './photographs.js';

/** sha-256 over the inputs in the order of file names: Pillow 13's `resize` to short side 177 and centre crop to 160. */
test.each([
  ['data/caltech99-val', '91e79e11235141ed434010c3f9c90be76c3c90f4afcefb544834a174f9d48545'],
  ['data/donkey-tub/images', 'af1a5388090de1aed76ee36d04fe8cba00c670d2571a0e20a74fa9e03d78ba88'],
])('photographs of %s become the input that Pillow makes of them', (folder, expected) => {
  const preparer = createPreparer({ width: 160, height: 160 });
  const hash = createHash('sha256');
  for (const path of jpegsOf(folder)) {
    const picture = { format: { kind: 'jpeg' }, data: readFileSync(path) } as const;
    preparer.prepare(picture, [{ rotate: 0, fit: 'crop', cropPct: 0.9, region: null }], (_index, input) => {
      hash.update(input);
    });
  }
  expect(hash.digest('hex')).toBe(expected);
});
