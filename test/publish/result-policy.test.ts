import { describe, expect, it } from 'vitest';
import { createResultFilter, type ResultPolicy } from '../../src/publish/result-policy.js';
import { sampleChange, sampleResult } from './sample.js';

const DEFAULT: ResultPolicy = { results: 'change', maxHz: null, heartbeatS: 1 };

/** Frames at a rate for a while; on which of them a result is sent. */
function sentOf(policy: ResultPolicy, fps: number, frames: number, changes: readonly number[] = []): number[] {
  const filter = createResultFilter(policy);
  return Array.from({ length: frames }, (_, index) => index).filter((index) => {
    const change = changes.includes(index) ? sampleChange : null;
    return filter.admits(sampleResult({ change }), BigInt(Math.round((index * 1e9) / fps)));
  });
}

describe('which results go to MQTT', () => {
  it.each([
    ['by default the first, then one a second', DEFAULT, 10, 31, [], [0, 10, 20, 30]],
    ['by default every change, and the second starts over', DEFAULT, 10, 31, [4, 5], [0, 4, 5, 15, 25]],
    ['on change alone without a heartbeat', { ...DEFAULT, heartbeatS: null }, 10, 31, [4], [0, 4]],
    ['every one', { results: 'every', maxHz: null, heartbeatS: 1 }, 10, 4, [], [0, 1, 2, 3]],
    ['every one up to a rate', { results: 'every', maxHz: 5, heartbeatS: null }, 10, 8, [], [0, 2, 4, 6]],
    ['a change beyond that rate', { results: 'every', maxHz: 5, heartbeatS: null }, 10, 7, [3], [0, 2, 3, 5]],
    ['no heartbeat faster than the rate', { ...DEFAULT, maxHz: 0.5 }, 10, 41, [], [0, 20, 40]],
    ['none, not even a change', { ...DEFAULT, results: 'off' }, 10, 20, [5], []],
  ] as const)('%s', (_, policy, fps, frames, changes, sent) => {
    expect(sentOf(policy, fps, frames, changes)).toEqual(sent);
  });

  it('keeps the rate although frames come a little early or late', () => {
    const filter = createResultFilter({ results: 'every', maxHz: 5, heartbeatS: null });
    const jitterMs = [0, 3, -3, 2, -2, 4, -4, 1, -1, 0];
    const sent = Array.from({ length: 101 }, (_, index) => index).filter((index) =>
      filter.admits(sampleResult(), BigInt(index * 100 + (jitterMs[index % 10] as number)) * 1_000_000n),
    );
    expect(sent.length).toBeGreaterThanOrEqual(48);
    expect(sent.length).toBeLessThanOrEqual(52);
  });

  it('counts each region by itself', () => {
    const filter = createResultFilter(DEFAULT);
    const admitted = ['left', 'right', 'left'].map((region) => filter.admits(sampleResult({ region }), 1n));
    expect(admitted).toEqual([true, true, false]);
  });
});
