import { describe, expect, it } from 'vitest';
import { CameraStatuses } from '../../src/publish/camera-statuses.js';
import { sampleResult } from './sample.js';

const SECOND = 1_000_000_000n;
const online = { camera: 'front', online: true, fps: 20, reason: null };
const offline = { camera: 'front', online: false, fps: null, reason: 'no frame for 3 s' };
const holding = (classId: string, score = 0.8, region: string | null = null) =>
  sampleResult({ region, held: { classId, score, sinceNs: 0n } });

describe('the status of a camera', () => {
  it('is news when the camera comes, sees another class, and goes', () => {
    const statuses = new CameraStatuses();
    expect(statuses.camera(online, 0n)).toMatchObject({ online: true, held: null });
    expect(statuses.camera(online, 1n)).toBeNull();
    expect(statuses.result(holding('left'), 2n)).toMatchObject({ held: { classId: 'left' } });
    expect(statuses.result(holding('left', 0.2), 3n)).toBeNull();
    expect(statuses.result(holding('right'), 4n)).toMatchObject({ held: { classId: 'right' } });
    expect(statuses.camera(offline, 5n)).toMatchObject({ online: false, held: null, reason: 'no frame for 3 s' });
  });

  it('is not taken from a result that comes after the camera went', () => {
    const statuses = new CameraStatuses();
    expect(statuses.result(holding('left'), 0n)).toBeNull();
    statuses.camera(online, 1n);
    statuses.camera(offline, 2n);
    expect(statuses.result(holding('left'), 3n)).toBeNull();
    expect(statuses.camera(online, 4n)).toMatchObject({ held: null });
  });

  it.each([
    ['score', () => holding('left', 0.3), null],
    ['rate', () => null, { ...online, fps: 10 }],
  ])('is renewed for a drifted %s, but no more than every 30 s', (_, result, facts) => {
    const statuses = new CameraStatuses();
    statuses.camera(online, 0n);
    statuses.result(holding('left', 0.8), 0n);
    const drift = (nowNs: bigint) => {
      const drifted = result();
      return drifted === null ? statuses.camera(facts ?? online, nowNs) : statuses.result(drifted, nowNs);
    };
    expect(drift(29n * SECOND)).toBeNull();
    expect(drift(30n * SECOND)).not.toBeNull();
    expect(drift(90n * SECOND)).toBeNull();
  });

  it('holds each region by itself', () => {
    const statuses = new CameraStatuses();
    statuses.camera(online, 0n);
    statuses.result(holding('full', 0.9, 'bin_1'), 1n);
    expect(statuses.result(holding('empty', 0.8, 'bin_2'), 2n)).toMatchObject({
      held: { classId: 'full' },
      regions: [
        { region: 'bin_1', classId: 'full' },
        { region: 'bin_2', classId: 'empty' },
      ],
    });
  });
});
