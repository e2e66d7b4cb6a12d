import { describe, expect, it } from 'vitest';
import { createTrack, wrapAngle } from '../../deploy/demo/track.js';

const seeds = [1, 2, 3, 1_000_000, 1_000_001, 1_000_002];

describe('track', () => {
  it('is the same for the same seed and another one for another', () => {
    expect(createTrack(7).points).toEqual(createTrack(7).points);
    expect(createTrack(7).length).not.toBe(createTrack(8).length);
  });

  it.each(seeds)('%i is closed, smooth, and bends both ways within what the car can steer', (seed) => {
    const { points } = createTrack(seed);
    points.forEach((point, i) => {
      const next = points[(i + 1) % points.length]!;
      expect(Math.hypot(next.x - point.x, next.y - point.y)).toBeLessThan(0.025);
      expect(Math.abs(wrapAngle(next.heading - point.heading))).toBeLessThan(0.02);
    });
    const curvatures = points.map((point) => point.curvature);
    expect(Math.max(...curvatures)).toBeGreaterThan(0.2);
    expect(Math.min(...curvatures)).toBeLessThan(-0.2);
    expect(Math.max(...curvatures.map(Math.abs))).toBeLessThanOrEqual(0.62);
  });

  it.each([-0.4, 0, 0.25])('finds a place %f m to the left of its middle', (offset) => {
    const track = createTrack(3);
    for (let s = 0; s < track.length; s += 1.7) {
      const { x, y, heading } = track.at(s);
      const place = [x - Math.sin(heading) * offset, y + Math.cos(heading) * offset] as const;
      for (const found of [track.nearest(...place), track.nearest(...place, s + 0.5)]) {
        expect(found.offset).toBeCloseTo(offset, 2);
        expect(Math.abs(found.s - s)).toBeLessThan(0.1);
      }
    }
  });

  it('goes on from its end', () => {
    const track = createTrack(3);
    expect(track.at(track.length + 1)).toEqual(track.at(1));
    expect(track.at(-1)).toEqual(track.at(track.length - 1));
  });
});
