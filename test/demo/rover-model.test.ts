import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driveLaps } from '../../deploy/demo/lockstep.js';
import { modelBuild } from '../../src/commands/model-build.js';
import { type Manifest, manifestSchema } from '../../src/model/manifest.js';
import { type GraphDriver, openGraphDriver } from './graph-driver.js';

const rover = fileURLToPath(new URL('../../models/rover', import.meta.url));

describe('the bundled rover', () => {
  let driver: GraphDriver;
  beforeAll(async () => {
    driver = await openGraphDriver(join(rover, 'package'));
  });
  afterAll(() => driver.session.close());

  it.each([1_000_000, 1_000_001])('drives half a lap of unseen track %i near the middle of the lane', async (seed) => {
    const report = await driveLaps(driver.drive, seed, 0.5);
    expect(report).toMatchObject({ laneLeft: 0 });
    expect(report.maxOffsetM).toBeLessThan(0.25);
  });

  it('leaves the lane when its scores come a second late', async () => {
    expect(await driveLaps(driver.drive, 1_000_000, 0.5, 20)).toMatchObject({ laneLeft: 1 });
  });

  it('is what its checkpoint compiles to', async () => {
    const out = mkdtempSync(join(tmpdir(), 'rover-package-'));
    const built = join(out, 'package');
    const labels = join(rover, 'labels.txt');
    const golden = join(rover, 'golden');
    const checkpoint = join(rover, 'checkpoint.safetensors');
    await modelBuild(
      {
        checkpoints: [checkpoint],
        labels,
        golden,
        size: '64',
        fit: 'squash',
        name: 'rover',
        version: '1.0.0',
        out: built,
      },
      () => undefined,
    );
    const [bundled, fresh] = [manifestOf(join(rover, 'package')), manifestOf(built)];
    expect(graphsAndWeights(fresh)).toEqual(graphsAndWeights(bundled));
    expect(fresh.golden.map(({ file, label }) => ({ file, label }))).toEqual(
      bundled.golden.map(({ file, label }) => ({ file, label })),
    );
    rmSync(out, { recursive: true });
  });
});

const manifestOf = (folder: string): Manifest =>
  manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')));

/** With their hashes; golden scores differ in their last digits between machine types. */
const graphsAndWeights = ({ files }: Manifest) => files.filter(({ path }) => !path.startsWith('golden/'));
