import { describe, expect, it } from 'vitest';
import { carAt } from '../../deploy/demo/car.js';
import { classOf, STEERING_CLASSES, scoresOf, steeringOf, wantedSteering } from '../../deploy/demo/driver.js';
import { createTrack } from '../../deploy/demo/track.js';

describe('driver', () => {
  it.each([
    [0.28, 'hard_left'],
    [0.1, 'left'],
    [0.03, 'straight'],
    [-0.05, 'straight'],
    [-0.15, 'right'],
    [-0.27, 'hard_right'],
  ])('calls %f rad %s', (steering, name) => {
    expect(classOf(steering)).toBe(name);
  });

  it('says any angle with scores, and reads it back', () => {
    for (let steering = -0.28; steering <= 0.28; steering += 0.01) {
      const scores = scoresOf(steering);
      expect(scores.map((one) => one.class_id)).toEqual(STEERING_CLASSES);
      expect(scores.reduce((sum, one) => sum + one.score, 0)).toBeCloseTo(1);
      expect(steeringOf(scores)).toBeCloseTo(steering);
    }
  });

  it('takes nothing from scores of another model', () => {
    expect(steeringOf([{ class_id: 'banana', score: 0.9 }])).toBeNull();
    expect(steeringOf([])).toBeNull();
  });

  it('steers back to the middle from either side', () => {
    const track = createTrack(1);
    const straightest = track.points.reduce((a, b) => (Math.abs(a.curvature) < Math.abs(b.curvature) ? a : b));
    const { x, y, heading } = straightest;
    const beside = (offset: number) =>
      carAt({ x: x - Math.sin(heading) * offset, y: y + Math.cos(heading) * offset, heading });
    expect(classOf(wantedSteering(track, beside(0.3)))).toMatch(/right/);
    expect(classOf(wantedSteering(track, beside(-0.3)))).toMatch(/left/);
  });
});
