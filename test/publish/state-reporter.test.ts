import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStateReporter } from '../../src/publish/state-reporter.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('reports at once, on changes together, and at least every interval', () => {
  const sent: number[] = [];
  const start = Date.now();
  const send = () => sent.push(Date.now() - start);
  const reporter = createStateReporter({ send, intervalMs: () => 30_000, shortestMs: 1000 });
  expect(sent).toEqual([0]);
  vi.advanceTimersByTime(200);
  reporter.changed();
  reporter.changed();
  expect(sent).toEqual([0]);
  vi.advanceTimersByTime(4800);
  expect(sent).toEqual([0, 1000]);
  reporter.changed();
  expect(sent).toEqual([0, 1000, 5000]);
  vi.advanceTimersByTime(60_000);
  expect(sent).toEqual([0, 1000, 5000, 35_000, 65_000]);
  reporter.close();
  vi.advanceTimersByTime(100_000);
  expect(sent).toHaveLength(5);
});
