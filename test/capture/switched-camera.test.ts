import { expect, it } from 'vitest';
import type { CameraStatus } from '../../src/capture/camera.js';
import { createSwitchedCamera } from '../../src/capture/switched-camera.js';
import { FakeCamera } from '../fakes/camera.js';
import { FakeClock } from '../fakes/clock.js';

/** One whose end the test lets happen. */
class SlowCamera extends FakeCamera {
  starts = 0;
  ends: (() => void)[] = [];
  override start(): void {
    this.starts++;
  }
  override close(): Promise<void> {
    return new Promise((resolve) => this.ends.push(resolve));
  }
}

function create(isOn: boolean) {
  const made: SlowCamera[] = [];
  const statuses: CameraStatus['state'][] = [];
  const make = () => {
    const camera = new SlowCamera('front');
    made.push(camera);
    return camera;
  };
  const camera = createSwitchedCamera({ id: 'front', make, isOn, clock: new FakeClock() });
  camera.onStatus(({ state }) => statuses.push(state));
  const end = async (index: number) => {
    await new Promise((resolve) => setImmediate(resolve));
    for (const done of made[index]?.ends.splice(0) ?? []) done();
  };
  return { camera, made, statuses, end };
}

it('that is off holds no device, and has one from switching on', async () => {
  const { camera, made, statuses } = create(false);
  camera.start();
  expect(camera.status()).toMatchObject({ state: 'disabled', fps: null });
  expect([made.length, camera.take()]).toEqual([0, null]);
  let frames = 0;
  camera.onFrame(() => {
    frames++;
  });
  await camera.switch(true);
  await camera.switch(true);
  expect(made.map(({ starts }) => starts)).toEqual([1]);
  made[0]?.put(7);
  expect([frames, camera.take()?.seq]).toEqual([1, 7]);
  expect(statuses).not.toContain('disabled');
});

it('is off for the loop at once, and its device is free before the next one opens it', async () => {
  const { camera, made, statuses, end } = create(true);
  camera.start();
  made[0]?.put(1);
  const off = camera.switch(false);
  const on = camera.switch(true);
  await new Promise((resolve) => setImmediate(resolve));
  expect([camera.take(), camera.status().state, made.length]).toEqual([null, 'disabled', 1]);
  await end(0);
  await Promise.all([off, on]);
  expect(made.map(({ starts }) => starts)).toEqual([1, 1]);
  expect(statuses).toContain('disabled');
  expect(camera.status().state).toBe('online');
});

it('counts on over its lives, also while one of them ends', async () => {
  const { camera, made, end } = create(true);
  camera.start();
  made[0]?.countFate('replaced');
  camera.countFate('done');
  const restarted = camera.restart();
  await new Promise((resolve) => setImmediate(resolve));
  expect(camera.fates()).toMatchObject({ done: 1, replaced: 1 });
  made[0]?.countFate('stopped');
  await end(0);
  await restarted;
  made[1]?.countFate('replaced');
  expect(camera.fates()).toMatchObject({ done: 1, replaced: 2, stopped: 1 });
});

it('that is closed starts no more', async () => {
  const { camera, made, end } = create(true);
  camera.start();
  const restarted = camera.restart();
  const closed = camera.close();
  await end(0);
  await Promise.all([restarted, closed]);
  await camera.switch(true);
  expect(made).toHaveLength(1);
});
