import { describe, expect, it } from 'vitest';
import { msToNs } from '../../src/clock.js';
import { createRateGate } from '../../src/governor/gate.js';

/** Frames offered at these times (ms): which are taken? */
function taken(fps: number | null, offersMs: readonly number[]): number[] {
  const gate = createRateGate(fps);
  return offersMs.filter((atMs) => {
    if (gate.waitNs(msToNs(atMs)) > 0n) return false;
    gate.taken(msToNs(atMs));
    return true;
  });
}

describe('the rate gate', () => {
  it('lets everything through without a rate', () => {
    expect(taken(null, [0, 1, 2])).toEqual([0, 1, 2]);
  });

  it('holds a fast source to the wanted rate', () => {
    const offers = Array.from({ length: 100 }, (_, i) => i * 10);
    expect(taken(10, offers)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  it('stays in step when a frame is a little late, so that the average rate holds', () => {
    expect(taken(10, [0, 103, 200, 306, 400])).toEqual([0, 103, 200, 306, 400]);
  });

  it('does not catch up with a burst after a pause', () => {
    expect(taken(10, [0, 1000, 1001, 1050, 1100])).toEqual([0, 1000, 1100]);
  });

  it('says how long to wait', () => {
    const gate = createRateGate(20);
    gate.taken(msToNs(1000));
    expect(gate.waitNs(msToNs(1020))).toBe(msToNs(30));
  });
});
