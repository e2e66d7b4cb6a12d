import { describe, expect, it } from 'vitest';
import { scoresOf, wantedSteering } from '../../deploy/demo/driver.js';
import { LANE_LEFT_M } from '../../deploy/demo/journey.js';
import { type Driver, driveLaps } from '../../deploy/demo/lockstep.js';

const perfect: Driver = ({ track, car }) => scoresOf(wantedSteering(track, car));
const asleep: Driver = () => scoresOf(0);

describe('a drive in lock-step', () => {
  it('stays near the middle with a perfect driver', async () => {
    const report = await driveLaps(perfect, 1_000_000, 1);
    expect(report).toMatchObject({ laneLeft: 0 });
    expect(report.laps).toBeGreaterThanOrEqual(1);
    expect(report.maxOffsetM).toBeLessThan(0.2);
  });

  it('ends where the car leaves the lane', async () => {
    const report = await driveLaps(asleep, 1_000_000, 1);
    expect(report.laneLeft).toBe(1);
    expect(report.laps).toBeLessThan(0.5);
    expect(report.maxOffsetM).toBeGreaterThan(LANE_LEFT_M);
  });

  it('goes worse the later the scores come', async () => {
    const [now, late, tooLate] = [
      await driveLaps(perfect, 1_000_000, 0.5),
      await driveLaps(perfect, 1_000_000, 0.5, 6),
      await driveLaps(perfect, 1_000_000, 0.5, 10),
    ];
    expect(late.meanOffsetM).toBeGreaterThan(now.meanOffsetM);
    expect(tooLate.laneLeft).toBe(1);
  });
});
