import { expect, it } from 'vitest';
import { createPictureNotes } from '../../src/daemon/pictures.js';
import type { CameraEntry } from '../../src/daemon/reports.js';
import { waitingStatus } from '../../src/daemon/reports.js';
import { FakeCamera } from '../fakes/camera.js';
import { FakeClock } from '../fakes/clock.js';
import { sampleResult } from '../publish/sample.js';

it('tells of a camera whose pictures change their size with every frame once a minute', () => {
  const opened = {
    camera: new FakeCamera('front'),
    gate: { waitNs: () => 0n, taken: () => undefined },
    regions: [],
    validForMs: 1000,
    follow: () => Promise.resolve(),
    captureSize: { width: 64, height: 48 },
  };
  const cameras = new Map<string, CameraEntry>([
    ['front', { slot: 'main', opened, status: waitingStatus(true, 0n), picture: null }],
  ]);
  const clock = new FakeClock();
  const note = createPictureNotes(cameras, new Map(), clock);
  const told: number[] = [];
  for (let second = 0; second < 130; second++) {
    const picture = { width: 100 + second, height: 100 };
    if (note({ ...sampleResult(), camera: 'front', picture }) !== null) told.push(second);
    clock.advanceMs(1000);
  }
  expect(told).toEqual([0, 60, 120]);
  expect(cameras.get('front')?.picture?.width).toBe(220);
});
