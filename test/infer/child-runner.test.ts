import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRunner } from '../../src/infer/child-runner.js';
import { builtRunner, specOf } from './fixtures.js';
import { type RunnerKind, runnerContract } from './runner-contract.js';

const start: RunnerKind['start'] = (spec, options) => startRunner(spec, { entry: builtRunner, ...options });

runnerContract({ name: 'npm package', binding: () => null, start });

describe('another build of the binding', () => {
  let folder = '';

  /** What somebody has who built onnxruntime-node for their board: the package and its one dependency. */
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edgenextd-binding-'));
    const npm = dirname(dirname(createRequire(import.meta.url).resolve('onnxruntime-node')));
    for (const part of ['package.json', 'dist', join('bin', 'napi-v6', process.platform, process.arch)]) {
      await cp(join(npm, part), join(folder, part), { recursive: true });
    }
    await cp(join(npm, '..', 'onnxruntime-common'), join(folder, 'node_modules', 'onnxruntime-common'), {
      recursive: true,
    });
  });

  afterAll(() => rm(folder, { recursive: true }));

  runnerContract({ name: 'binding at a path', binding: () => folder, start });

  it.each(['/nowhere', tmpdir()])('refuses %s, where there is none', async (binding) => {
    await expect(start(specOf('means', { binding }))).rejects.toMatchObject({
      family: 'model',
      code: 'binding-missing',
      message: expect.stringContaining(binding),
    });
  });
});
