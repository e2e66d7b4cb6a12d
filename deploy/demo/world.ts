import { type CarState, CRUISE_M_S, carAt, drive, poseOf } from './car.js';
import { createJourney, type JourneyReport } from './journey.js';
import { createLook } from './look.js';
import { createRenderer } from './render.js';
import { createTrack, LANE_WIDTH_M } from './track.js';
import type { Wheels } from './wheels.js';

/** This far from the middle of the lane nothing in the picture leads back: the car is put onto the lane again. */
const LOST_M = 1.25 * LANE_WIDTH_M;

export interface WorldReport extends JourneyReport {
  readonly speedMps: number;
  readonly steeringRad: number;
  /** Times that the car stopped because no valid result was there. */
  readonly stops: number;
  /** Times that the car was lost and put back onto the lane. */
  readonly rescues: number;
}

/** The rover's world in real time: it goes on whether or not somebody steers. */
export interface World {
  /** Moves the car to this time; a result that expires on the way stops it from then on. */
  advance(nowNs: bigint): void;
  /** What the camera sees now, RGB24. */
  picture(): Uint8Array;
  report(): WorldReport;
}

export function createWorld(seed: number, wheels: Wheels, startNs: bigint): World {
  const track = createTrack(seed);
  const renderer = createRenderer(track, createLook(seed), seed);
  const journey = createJourney(track, 0);
  let car: CarState = carAt(track.at(0));
  let timeNs = startNs;
  let wantedSpeed = 0;
  let [stops, rescues] = [0, 0];

  function driveUntil(endNs: bigint): void {
    const controls = wheels.controlsAt(timeNs);
    if (controls.speed === 0 && wantedSpeed === CRUISE_M_S) stops++;
    wantedSpeed = controls.speed;
    car = drive(car, controls, Number(endNs - timeNs) / 1e9);
    timeNs = endNs;
    journey.moveTo(car.x, car.y);
    if (Math.abs(journey.report().offsetM) > LOST_M) {
      rescues++;
      car = carAt(track.at(journey.place()));
      journey.moveTo(car.x, car.y);
    }
  }

  return {
    advance(nowNs) {
      const expiresNs = wheels.expiresNs();
      if (expiresNs > timeNs && expiresNs < nowNs) driveUntil(expiresNs);
      if (nowNs > timeNs) driveUntil(nowNs);
    },
    picture: () => renderer.picture(poseOf(car)),
    report: () => ({ ...journey.report(), speedMps: car.speed, steeringRad: car.steering, stops, rescues }),
  };
}
