import { type CarState, CRUISE_M_S, carAt, drive, poseOf } from './car.js';
import { type SteeringScore, steeringOf } from './driver.js';
import { createJourney, type JourneyReport } from './journey.js';
import { createLook } from './look.js';
import { createRenderer } from './render.js';
import { createTrack, type Track } from './track.js';

export const FRAMES_A_SECOND = 20;

/** What a driver gets: the picture, and for drivers that cheat the track and the car. */
export interface Sight {
  readonly picture: Uint8Array;
  readonly track: Track;
  readonly car: CarState;
}

export type Driver = (sight: Sight) => SteeringScore[] | Promise<SteeringScore[]>;

/**
 * Drives `laps` of the track of this seed, picture by picture: the world stands still while the driver thinks, and its
 * scores steer `delayFrames` pictures later. Ends early where the car leaves the lane.
 */
export async function driveLaps(driver: Driver, seed: number, laps: number, delayFrames = 0): Promise<JourneyReport> {
  const track = createTrack(seed);
  const renderer = createRenderer(track, createLook(seed), seed);
  const journey = createJourney(track, 0);
  const late: number[] = Array.from({ length: delayFrames }, () => 0);
  let car = carAt(track.at(0), CRUISE_M_S);
  for (;;) {
    const report = journey.report();
    if (report.laps >= laps || report.laneLeft > 0) return report;
    const scores = await driver({ picture: renderer.picture(poseOf(car)), track, car });
    late.push(steeringOf(scores) ?? 0);
    car = drive(car, { steering: late.shift()!, speed: CRUISE_M_S }, 1 / FRAMES_A_SECOND);
    journey.moveTo(car.x, car.y);
  }
}
