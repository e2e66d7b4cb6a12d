import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { driveLaps } from '../../deploy/demo/lockstep.js';
import { type GraphDriver, openGraphDriver } from './graph-driver.js';

describe('the bundled rover', () => {
  let driver: GraphDriver;
  beforeAll(async () => {
    driver = await openGraphDriver(fileURLToPath(new URL('../../models/rover/package', import.meta.url)));
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
});
