import { expect, it } from 'vitest';
import { createRepeatGate } from '../src/repeat-gate.js';
import { FakeClock } from './fakes/clock.js';

it('lets each key through once a period, whatever the date does', () => {
  const clock = new FakeClock();
  const mayRepeat = createRepeatGate(1000, clock);
  expect([mayRepeat('a'), mayRepeat('a'), mayRepeat('b')]).toEqual([true, false, true]);
  clock.setWallMs(0);
  clock.advanceMs(999);
  expect(mayRepeat('a')).toBe(false);
  clock.advanceMs(1);
  expect([mayRepeat('a'), mayRepeat('a')]).toEqual([true, false]);
});
