import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driveLaps } from '../../deploy/demo/lockstep.js';
import { type GraphDriver, openGraphDriver } from '../demo/graph-driver.js';

/** Tracks and looks that no training frame is of: seeds of training begin at 10,000 and are fewer than these. */
const SEEDS = Array.from({ length: 20 }, (_, i) => 1_000_000 + i);

describe('the bundled rover on unseen tracks, in lock-step', () => {
  let driver: GraphDriver;
  beforeAll(async () => {
    driver = await openGraphDriver(fileURLToPath(new URL('../../models/rover/package', import.meta.url)));
  });
  afterAll(() => driver.session.close());

  it.each(SEEDS)('drives a lap of track %i without leaving the lane', async (seed) => {
    const report = await driveLaps(driver.drive, seed, 1);
    expect(report).toMatchObject({ laneLeft: 0 });
    expect(report.laps).toBeGreaterThanOrEqual(1);
  });
});
