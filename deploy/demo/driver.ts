import { type CarState, WHEELBASE_M } from './car.js';
import type { Track } from './track.js';

/** What the network may say about a view, and the angle of the front wheels (radians, left is positive) each one means. */
export const STEERING_CLASSES = ['hard_left', 'left', 'straight', 'right', 'hard_right'] as const;
export type SteeringClass = (typeof STEERING_CLASSES)[number];

const ANGLE_RAD: Readonly<Record<SteeringClass, number>> = {
  hard_left: 0.28,
  left: 0.13,
  straight: 0,
  right: -0.13,
  hard_right: -0.28,
};

const LOOK_AHEAD_M = 0.85;

/**
 * What a good driver would do at this place: pure pursuit (Coulter, CMU-RI-TR-92-01) of a point of the lane's middle,
 * as an angle of the front wheels within what the five classes can say.
 */
export function wantedSteering(track: Track, car: CarState, hint?: number): number {
  const goal = track.at(track.nearest(car.x, car.y, hint).s + LOOK_AHEAD_M);
  const [dx, dy] = [goal.x - car.x, goal.y - car.y];
  const sideways = Math.cos(car.heading) * dy - Math.sin(car.heading) * dx;
  const curvature = (2 * sideways) / (dx * dx + dy * dy);
  return Math.max(ANGLE_RAD.hard_right, Math.min(ANGLE_RAD.hard_left, Math.atan(WHEELBASE_M * curvature)));
}

/** The class whose angle is nearest. */
export function classOf(steering: number): SteeringClass {
  const distance = (name: SteeringClass): number => Math.abs(ANGLE_RAD[name] - steering);
  return STEERING_CLASSES.reduce((best, name) => (distance(name) < distance(best) ? name : best));
}

export interface SteeringScore {
  readonly class_id: string;
  readonly score: number;
}

/** The angle that scores mean: that of each class, weighted by its score. null when they say nothing about steering. */
export function steeringOf(scores: readonly SteeringScore[]): number | null {
  let [weighted, total] = [0, 0];
  for (const { class_id, score } of scores) {
    const angle = ANGLE_RAD[class_id as SteeringClass];
    if (angle === undefined) continue;
    weighted += score * angle;
    total += score;
  }
  return total > 0 ? weighted / total : null;
}

/** The scores of a perfect driver: each steering angle is a mix of the two classes beside it. */
export function scoresOf(steering: number): SteeringScore[] {
  return STEERING_CLASSES.map((name, i) => {
    const angle = ANGLE_RAD[name];
    const neighbour = STEERING_CLASSES[steering > angle ? i - 1 : i + 1];
    if (neighbour === undefined) return { class_id: name, score: 1 };
    const share = 1 - Math.abs(steering - angle) / Math.abs(ANGLE_RAD[neighbour] - angle);
    return { class_id: name, score: Math.max(0, share) };
  });
}
