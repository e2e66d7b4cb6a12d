import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readCheckpoint } from '../../src/edgenext/checkpoint.js';
import { EdgeError } from '../../src/errors.js';
import { SHARED_FOLDER } from './shared-folder.js';

it('a real .pth of a network that is almost an EdgeNeXt is refused with what differs', () => {
  const file = readFileSync(join(SHARED_FOLDER, 'checkpoints/third-party/edgenext-dual/best_edgenextdual.pth'));
  let thrown: unknown;
  try {
    readCheckpoint(file, 'best_edgenextdual.pth');
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof EdgeError)) throw new Error(`not refused as it should be: ${String(thrown)}`);
  expect(thrown.code).toBe('checkpoint-mismatch');
  expect(thrown.facts.differences).toEqual([
    'widths 24, 24, 24, 24 (xx_small: 24, 48, 88, 168)',
    'MLP ratio 2 (xx_small: 4)',
    'attention heads 2 (xx_small: 4)',
    'a classification head of its own',
  ]);
  for (const line of [
    'missing: head.weight [classes,168]',
    'shape: downsample_layers.1.1.weight is [24,24,2,2], expected [48,24,2,2]',
    'shape: stages.1.1.xca.temperature is [2,1,1], expected [4,1,1]',
    'unexpected: head.4.weight [9,12]',
  ])
    expect(thrown.message).toContain(`\n  ${line}`);
});
