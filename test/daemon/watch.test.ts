import { describe, expect, it } from 'vitest';
import { IntervalWatch } from '../../src/daemon/watch.js';
import { ConditionRegistry } from '../../src/health/registry.js';
import { FakeCamera } from '../fakes/camera.js';
import { FakeClock } from '../fakes/clock.js';

describe('what went wrong since the last look', () => {
  /** As the daemon does: every change of a condition makes it tell its state, which makes it look again. */
  const rig = () => {
    const clock = new FakeClock();
    const conditions = new ConditionRegistry(clock);
    const changes: string[] = [];
    conditions.onChange(({ id }, active) => changes.push(`${id} ${active ? 'raised' : 'cleared'}`));
    const camera = new FakeCamera('front');
    const watch = new IntervalWatch(conditions);
    let queueFull = 0;
    return {
      camera,
      changes,
      lose: (messages: number) => {
        queueFull += messages;
      },
      lookAfter(ms: number) {
        clock.advanceMs(ms);
        watch.look({
          cameras: [{ camera, slot: 'main' }],
          dropped: { 'queue-full': queueFull },
          wallMs: clock.wallMs(),
          nowNs: clock.monotonicNs(),
        });
      },
    };
  };

  it.each([
    ['corrupt', 'camera-corrupt'],
    ['tooOld', 'frames-too-old'],
    ['deadline', 'runner-slow'],
  ] as const)('raises for %s frames once, however often the state is told, and clears once they stop', (fate, id) => {
    const { camera, changes, lookAfter } = rig();
    lookAfter(0);
    changes.length = 0;
    for (let frame = 0; frame < 100; frame++) {
      camera.countFate(frame % 3 === 0 ? 'done' : fate);
      lookAfter(250);
    }
    expect(changes).toEqual([`${id} raised`]);
    for (let frame = 0; frame < 100; frame++) {
      camera.countFate('done');
      lookAfter(250);
    }
    expect(changes).toEqual([`${id} raised`, `${id} cleared`]);
  });

  it('raises for lost messages once while they are lost', () => {
    const { changes, lose, lookAfter } = rig();
    lookAfter(0);
    changes.length = 0;
    for (let second = 0; second < 30; second++) {
      if (second % 2 === 0) lose(1);
      lookAfter(1000);
    }
    expect(changes).toEqual(['results-dropped raised']);
  });
});
