import { describe, expect, it } from 'vitest';
import { carAt, drive, poseOf, WHEELBASE_M } from '../../deploy/demo/car.js';

const start = carAt({ x: 0, y: 0, heading: 0 }, 1);

describe('car', () => {
  it('drives straight on', () => {
    const car = drive(start, { steering: 0, speed: 1 }, 2);
    expect(car.x).toBeCloseTo(2);
    expect(car.y).toBe(0);
  });

  it('drives a circle of the radius that its steering means', () => {
    const steering = 0.2;
    const radius = WHEELBASE_M / Math.tan(steering);
    const car = drive({ ...start, steering }, { steering, speed: 1 }, Math.PI * radius);
    expect(car.x).toBeCloseTo(0, 1);
    expect(car.y).toBeCloseTo(2 * radius, 1);
    expect(poseOf(car).yawRate).toBeCloseTo(1 / radius);
  });

  it('takes its time to steer and to stop', () => {
    const car = drive(start, { steering: 0.28, speed: 0 }, 0.05);
    expect(car.steering).toBeGreaterThan(0.1);
    expect(car.steering).toBeLessThan(0.2);
    expect(car.speed).toBeGreaterThan(0.7);
    expect(drive(car, { steering: 0, speed: 0 }, 1)).toMatchObject({ speed: 0, steering: 0 });
  });

  it('comes to the same place in one step or in many', () => {
    const controls = { steering: 0.1, speed: 1.5 };
    let many = start;
    for (let i = 0; i < 20; i++) many = drive(many, controls, 0.05);
    const one = drive(start, controls, 1);
    expect(many.x).toBeCloseTo(one.x, 9);
    expect(many.y).toBeCloseTo(one.y, 9);
  });
});
