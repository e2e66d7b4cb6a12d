import { describe, expect, it } from 'vitest';
import { scoresOf } from '../../deploy/demo/driver.js';
import { createWheels } from '../../deploy/demo/wheels.js';
import { createWorld } from '../../deploy/demo/world.js';

const MS = 1_000_000n;
const resultAt = (ms: number, steering = 0, validForMs = 300) => ({
  captureMonotonicNs: String(BigInt(ms) * MS),
  validForMs,
  results: scoresOf(steering),
});

describe('wheels', () => {
  it('stand still before the first result', () => {
    expect(createWheels().controlsAt(5n).speed).toBe(0);
  });

  it('follow the newest frame, not the newest message', () => {
    const wheels = createWheels();
    expect(wheels.obey(resultAt(100, 0.1))).toBe(true);
    expect(wheels.obey(resultAt(50, -0.2))).toBe(false);
    expect(wheels.controlsAt(150n * MS).steering).toBeCloseTo(0.1);
  });

  it('stop when the result expires', () => {
    const wheels = createWheels();
    wheels.obey(resultAt(100));
    expect(wheels.controlsAt(399n * MS).speed).toBeGreaterThan(0);
    expect(wheels.controlsAt(400n * MS).speed).toBe(0);
  });

  it.each([
    null,
    7,
    {},
    { captureMonotonicNs: 'soon', validForMs: 1, results: [] },
    { ...resultAt(1), results: 'left' },
  ])('leave %j alone', (message) => {
    const wheels = createWheels();
    expect(wheels.obey(message)).toBe(false);
    expect(wheels.expiresNs()).toBe(0n);
  });

  it('take nothing from a result of another model', () => {
    expect(createWheels().obey({ ...resultAt(1), results: [{ class_id: 'cup', score: 1 }] })).toBe(false);
  });
});

describe('world', () => {
  it('moves only while results are valid, and counts the stop', () => {
    const wheels = createWheels();
    const world = createWorld(5, wheels, 0n);
    world.advance(100n * MS);
    expect(world.report()).toMatchObject({ laps: 0, stops: 0 });
    wheels.obey(resultAt(100));
    world.advance(390n * MS);
    const driven = world.report().laps;
    expect(driven).toBeGreaterThan(0);
    world.advance(60_000n * MS);
    const stopped = world.report();
    expect(stopped).toMatchObject({ speedMps: 0, stops: 1 });
    world.advance(120_000n * MS);
    expect(world.report()).toEqual(stopped);
  });

  it('puts a lost car back onto the lane, and counts that', () => {
    const wheels = createWheels();
    const world = createWorld(5, wheels, 0n);
    wheels.obey(resultAt(0, 0.28, 20_000));
    for (let ms = 50n; ms < 20_000n; ms += 50n) world.advance(ms * MS);
    expect(world.report().rescues).toBeGreaterThan(0);
    expect(world.report().laneLeft).toBeGreaterThan(0);
  });
});
