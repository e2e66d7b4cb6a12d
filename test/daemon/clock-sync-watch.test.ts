import { expect, it } from 'vitest';
import { createClockSyncWatch } from '../../src/daemon/clock-sync-watch.js';
import { FakeClock } from '../fakes/clock.js';

it('looks once a second however often it is asked, and notices a change then', () => {
  const clock = new FakeClock();
  const answers = [null, true, false];
  let looks = 0;
  const isSynchronized = createClockSyncWatch(clock, () => answers[looks++] ?? null);
  const seen: (boolean | null)[] = [];
  for (const afterMs of [0, 1, 998, 1, 500, 500]) {
    clock.advanceMs(afterMs);
    seen.push(isSynchronized());
  }
  expect(seen).toEqual([null, null, null, true, true, false]);
  expect(looks).toBe(3);
});
