import { describe, expect, it } from 'vitest';
import { createBackoff } from '../src/backoff.js';

describe('back-off', () => {
  it('doubles its range up to the cap', () => {
    const backoff = createBackoff({ baseMs: 100, capMs: 500, random: () => 0.999_999 });
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).toEqual([99, 199, 399, 499, 499]);
  });

  it('is full jitter: any delay from zero on', () => {
    const draws = [0, 0.25, 0.5];
    const backoff = createBackoff({ baseMs: 100, capMs: 10_000, random: () => draws.shift() ?? 0 });
    expect([backoff.next(), backoff.next(), backoff.next()]).toEqual([0, 50, 200]);
  });

  it('starts again after a success', () => {
    const backoff = createBackoff({ baseMs: 100, capMs: 10_000, random: () => 0.5 });
    backoff.next();
    backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(50);
  });

  it('never exceeds a cap below the base', () => {
    const backoff = createBackoff({ baseMs: 1000, capMs: 10, random: () => 0.999 });
    expect(backoff.next()).toBeLessThan(10);
  });
});
