import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelBuild } from '../../src/commands/model-build.js';
import type { Manifest } from '../../src/model/manifest.js';
import { readPackage } from '../../src/model/package.js';
import { documentedBuild } from './documented-command.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MODELS = readdirSync(join(ROOT, 'models')).filter((name) => existsSync(join(ROOT, 'models', name, 'package')));

/** Scores depend on the machine's float32 kernels in the last digits; everything else must be equal. */
const withoutScores = ({ golden, ...manifest }: Manifest) => ({
  ...manifest,
  golden: golden.map(({ file, label }) => ({ file, label })),
});

describe('the bundled models', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bundled-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are there', () => expect(MODELS).toContain('objects'));

  it.each(MODELS)('%s: the command in its README builds the same package again, bit for bit', async (name) => {
    const home = join(ROOT, 'models', name);
    const options = documentedBuild(join(home, 'README.md'));
    const absolute = (path: string) => join(ROOT, path);
    const printed: string[] = [];
    const built = await modelBuild(
      {
        ...options,
        checkpoints: options.checkpoints.map(absolute),
        ...(options.labels !== undefined && { labels: absolute(options.labels) }),
        ...(options.golden !== undefined && { golden: absolute(options.golden) }),
        out: join(folder, name),
      },
      (text) => printed.push(text),
    );
    expect(printed.join('')).toContain(`${name} ${built.manifest.version}`);

    const bundled = await readPackage(join(home, 'package'));
    expect(absolute(options.out ?? '')).toBe(bundled.folder);
    expect(withoutScores(built.manifest)).toEqual(withoutScores(bundled.manifest));
    for (const { path } of bundled.manifest.files)
      expect((await readFile(join(built.folder, path))).equals(await readFile(join(bundled.folder, path))), path).toBe(
        true,
      );
    for (const [index, picture] of bundled.manifest.golden.entries())
      for (const [rung, scores] of Object.entries(picture.scores))
        for (const [at, score] of scores.entries())
          expect(built.manifest.golden[index]?.scores[rung]?.[at]).toBeCloseTo(score, 4);
  });
});
