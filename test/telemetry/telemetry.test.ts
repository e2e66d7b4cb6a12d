import { expect, it } from 'vitest';
import { FRAME_FATES, type FrameFate } from '../../src/frame.js';
import { Telemetry } from '../../src/telemetry/telemetry.js';
import { FakeClock } from '../fakes/clock.js';
import { sampleResult } from '../publish/sample.js';
import { piRoot } from './fake-root.js';

const fates = (changes: Partial<Record<FrameFate, number>>) =>
  ({ ...Object.fromEntries(FRAME_FATES.map((fate) => [fate, 0])), ...changes }) as Record<FrameFate, number>;

it('a round says what became of the frames since the one before, by camera', async () => {
  const clock = new FakeClock();
  let front = fates({ done: 10, noModel: 2 });
  const telemetry = new Telemetry({
    root: piRoot().path,
    clock,
    folder: '/var/lib/edgenextd',
    certificates: [],
    processes: () => [{ role: 'daemon', name: null, pid: 1 }],
    cameras: () => [
      { camera: 'front', fates: front },
      { camera: 'rear', fates: fates({}) },
    ],
  });
  telemetry.result(sampleResult());
  clock.advanceMs(30_000);
  const first = await telemetry.round();
  expect(first.intervalS).toBeCloseTo(30);
  expect(first.board.load1).toBe(0.42);
  expect(first.processes).toMatchObject([{ role: 'daemon', cpuPct: { unknown: 'absent' } }]);
  expect(first.cameras[0]).toMatchObject({
    camera: 'front',
    frames: { done: 10, noModel: 2 },
    framesTotal: { done: 10, noModel: 2 },
    latencyMs: { network: { p50: expect.closeTo(3.1, 1) }, total: { p99: expect.closeTo(4.1, 1) } },
    today: { results: 1, classes: [{ classId: 'left', results: 1 }] },
  });
  expect(first.cameras[1]).toMatchObject({ camera: 'rear', latencyMs: null, today: { results: 0 } });

  front = fates({ done: 25, noModel: 2, replaced: 1 });
  clock.advanceMs(15_000);
  const second = await telemetry.round();
  expect(second.intervalS).toBeCloseTo(15);
  expect(second.cameras[0]).toMatchObject({
    frames: { done: 15, noModel: 0, replaced: 1 },
    framesTotal: { done: 25, noModel: 2, replaced: 1 },
    latencyMs: null,
    today: { results: 1 },
  });
});
