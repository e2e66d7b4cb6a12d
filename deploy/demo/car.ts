import type { Pose } from './render.js';

export const WHEELBASE_M = 0.3;
export const CAR_WIDTH_M = 0.2;
export const CRUISE_M_S = 1.5;

const STEERING_RATE_RAD_S = 2.5;
const ACCELERATION_M_S2 = 1.5;
const BRAKING_M_S2 = 4;
/** Longest step of the integration; at cruise speed 7.5 mm. */
const STEP_S = 0.005;

export interface CarState {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
  readonly speed: number;
  /** Angle of the front wheels in radians, positive to the left. */
  readonly steering: number;
}

export interface Controls {
  readonly steering: number;
  readonly speed: number;
}

/** The car, as small as a rover, after `seconds` with the controls held: kinematic bicycle model, steering that takes its time, no slip. */
export function drive(car: CarState, controls: Controls, seconds: number): CarState {
  let { x, y, heading, speed, steering } = car;
  const steps = Math.max(1, Math.ceil(seconds / STEP_S));
  const dt = seconds / steps;
  for (let i = 0; i < steps; i++) {
    steering += clamp(controls.steering - steering, STEERING_RATE_RAD_S * dt);
    const wanted = controls.speed - speed;
    speed += clamp(wanted, (wanted < 0 ? BRAKING_M_S2 : ACCELERATION_M_S2) * dt);
    heading += ((speed * Math.tan(steering)) / WHEELBASE_M) * dt;
    x += speed * Math.cos(heading) * dt;
    y += speed * Math.sin(heading) * dt;
  }
  return { x, y, heading, speed, steering };
}

/** A car at a place, looking along it. */
export const carAt = (place: { x: number; y: number; heading: number }, speed = 0): CarState => ({
  x: place.x,
  y: place.y,
  heading: place.heading,
  speed,
  steering: 0,
});

/** How the car carries its camera. */
export const poseOf = (car: CarState): Pose => ({
  x: car.x,
  y: car.y,
  heading: car.heading,
  speed: car.speed,
  yawRate: (car.speed * Math.tan(car.steering)) / WHEELBASE_M,
});

const clamp = (value: number, limit: number): number => Math.max(-limit, Math.min(limit, value));
