import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Inhibits } from '../../src/remote/inhibits.js';
import { FakeClock } from '../fakes/clock.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function create() {
  const clock = new FakeClock();
  const changed = vi.fn();
  const inhibits = new Inhibits(clock, changed);
  const pass = (seconds: number): void => {
    clock.advanceMs(seconds * 1000);
    vi.advanceTimersByTime(seconds * 1000);
  };
  return { inhibits, changed, pass };
}

it('holds until its time is over, and says when that is', () => {
  const { inhibits, changed, pass } = create();
  inhibits.inhibit('driving', 60);
  const [{ sinceNs, untilNs } = { sinceNs: 0n, untilNs: 0n }] = inhibits.list();
  expect(untilNs - sinceNs).toBe(60_000_000_000n);
  pass(59);
  expect(inhibits.isInhibited()).toBe(true);
  pass(1);
  expect(inhibits.isInhibited()).toBe(false);
  expect(changed).toHaveBeenCalledTimes(2);
});

it('is renewed by the same reason and lifted by no time', () => {
  const { inhibits, pass } = create();
  inhibits.inhibit('driving', 60);
  inhibits.inhibit('charging', 10);
  pass(50);
  inhibits.inhibit('driving', 60);
  pass(30);
  expect(inhibits.list().map(({ reason }) => reason)).toEqual(['driving']);
  inhibits.inhibit('driving', 0);
  expect(inhibits.isInhibited()).toBe(false);
  pass(100);
});

it('has an end to its patience', () => {
  const { inhibits } = create();
  for (let n = 0; n < 16; n++) inhibits.inhibit(`${n}`, 60);
  expect(() => inhibits.inhibit('one more', 60)).toThrow(expect.objectContaining({ code: 'too-many-inhibits' }));
  inhibits.inhibit('3', 60);
  inhibits.inhibit('3', 0);
  inhibits.inhibit('one more', 60);
  expect(inhibits.list()).toHaveLength(16);
  inhibits.close();
  expect(vi.getTimerCount()).toBe(0);
});
