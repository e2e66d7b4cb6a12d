import { CAR_WIDTH_M } from './car.js';
import { LANE_WIDTH_M, type Track } from './track.js';

/** A wheel is on the edge line when the middle of the car is this far from the middle of the lane. */
export const LANE_LEFT_M = LANE_WIDTH_M / 2 - CAR_WIDTH_M / 2;

export interface JourneyReport {
  /** Fractional; driving backwards takes it down. */
  readonly laps: number;
  /** Metres from the middle of the lane, positive to the left. */
  readonly offsetM: number;
  /** Of the distance from the middle, over the whole way. */
  readonly meanOffsetM: number;
  readonly maxOffsetM: number;
  /** How often the car went from inside the lane to outside. */
  readonly laneLeft: number;
}

/** How a car does on its track. */
export interface Journey {
  moveTo(x: number, y: number): void;
  /** Metres along the track where the car is. */
  place(): number;
  report(): JourneyReport;
}

export function createJourney(track: Track, start: number): Journey {
  let place = start;
  let offset = 0;
  let [travelled, weighted, maxOffset, laneLeft] = [0, 0, 0, 0];
  return {
    moveTo(x, y) {
      const wasInside = Math.abs(offset) <= LANE_LEFT_M;
      const next = track.nearest(x, y, place);
      const way = forward(track, place, next.s);
      place = next.s;
      offset = next.offset;
      travelled += way;
      weighted += Math.abs(way * offset);
      maxOffset = Math.max(maxOffset, Math.abs(offset));
      if (wasInside && Math.abs(offset) > LANE_LEFT_M) laneLeft++;
    },
    place: () => place,
    report: () => ({
      laps: travelled / track.length,
      offsetM: offset,
      meanOffsetM: travelled > 0 ? weighted / travelled : 0,
      maxOffsetM: maxOffset,
      laneLeft,
    }),
  };
}

/** Metres from one place to another along the track, the shorter way round; negative is backwards. */
function forward(track: Track, from: number, to: number): number {
  const ahead = (((to - from) % track.length) + track.length) % track.length;
  return ahead > track.length / 2 ? ahead - track.length : ahead;
}
