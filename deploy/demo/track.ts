import { createRandom, type Random, subSeed } from './random.js';

/** Metres. The lane is the way between its two edge lines; asphalt goes on a little beyond them. */
export const LANE_WIDTH_M = 1.0;
export const ROAD_WIDTH_M = 1.36;

/** Tightest bend, as curvature in 1/m; the car's hardest steering is tighter. */
const MAX_CURVATURE = 0.62;
const SPACING_M = 0.02;
const CLEARANCE_M = 2.4;

export interface TrackPoint {
  readonly x: number;
  readonly y: number;
  /** Radians, counter-clockwise from the x axis, in the direction of travel. */
  readonly heading: number;
  /** 1/m, positive where the track bends to the left. */
  readonly curvature: number;
}

export interface Nearest {
  /** Metres along the middle of the lane. */
  readonly s: number;
  /** Metres from the middle of the lane, positive to the left of it. */
  readonly offset: number;
}

/** A closed lane, parametrised by arc length. */
export interface Track {
  readonly seed: number;
  readonly length: number;
  readonly points: readonly TrackPoint[];
  at(s: number): TrackPoint;
  /** The nearest point of the middle line; with `hint`, only within two metres of that arc length. */
  nearest(x: number, y: number, hint?: number): Nearest;
}

/** A smooth closed lane with bends both ways, never too tight and never close to itself; the same for the same seed. */
export function createTrack(seed: number): Track {
  const random = createRandom(subSeed(seed, 1));
  for (;;) {
    const points = parametrise(wobblyCircle(random));
    if (isDrivable(points)) return trackOf(seed, points);
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function wobblyCircle(random: Random): Point[] {
  const radius = random.between(3.2, 4.4);
  const waves = [2, 3, 4, 5].map((k) => ({
    k,
    amplitude: random.between(0.02, 0.6) / k ** 1.2,
    phase: random.between(0, 2 * Math.PI),
  }));
  const clockwise = random.chance(0.5) ? -1 : 1;
  return Array.from({ length: 4000 }, (_, i) => {
    const angle = (clockwise * i * 2 * Math.PI) / 4000;
    const r = radius * (1 + waves.reduce((sum, w) => sum + w.amplitude * Math.cos(w.k * angle + w.phase), 0));
    return { x: r * Math.cos(angle), y: r * Math.sin(angle) };
  });
}

/** Points at equal distances along the line, each with its heading and curvature. */
function parametrise(line: readonly Point[]): TrackPoint[] {
  const along = [0];
  for (let i = 0; i < line.length; i++) {
    const a = line[i]!;
    const b = line[(i + 1) % line.length]!;
    along.push(along[i]! + Math.hypot(b.x - a.x, b.y - a.y));
  }
  const length = along[line.length]!;
  const count = Math.round(length / SPACING_M);
  let segment = 0;
  const spots = Array.from({ length: count }, (_, i) => {
    const s = (i * length) / count;
    while (along[segment + 1]! < s) segment++;
    const share = (s - along[segment]!) / (along[segment + 1]! - along[segment]!);
    const a = line[segment]!;
    const b = line[(segment + 1) % line.length]!;
    return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
  });
  const step = length / count;
  const reach = 5;
  const headings = spots.map((_, i) => {
    const before = spots[(i - reach + count) % count]!;
    const after = spots[(i + reach) % count]!;
    return Math.atan2(after.y - before.y, after.x - before.x);
  });
  return spots.map((spot, i) => {
    const turned = headings[(i + reach) % count]! - headings[(i - reach + count) % count]!;
    return { ...spot, heading: headings[i]!, curvature: wrapAngle(turned) / (2 * reach * step) };
  });
}

function isDrivable(points: readonly TrackPoint[]): boolean {
  const curvatures = points.map((p) => p.curvature);
  const [tightestRight, tightestLeft] = [Math.min(...curvatures), Math.max(...curvatures)];
  if (tightestLeft > MAX_CURVATURE || tightestRight < -MAX_CURVATURE) return false;
  if (tightestLeft < 0.2 || tightestRight > -0.2) return false;
  const stride = 20;
  for (let i = 0; i < points.length; i += stride) {
    for (let j = i + stride; j < points.length; j += stride) {
      const apart = Math.min(j - i, points.length - (j - i)) * SPACING_M;
      const distance = Math.hypot(points[i]!.x - points[j]!.x, points[i]!.y - points[j]!.y);
      if (apart > 2 * CLEARANCE_M && distance < CLEARANCE_M) return false;
    }
  }
  return true;
}

function trackOf(seed: number, points: readonly TrackPoint[]): Track {
  const count = points.length;
  const length = count * SPACING_M;
  const indexOf = (s: number): number => ((Math.round(s / SPACING_M) % count) + count) % count;

  function nearest(x: number, y: number, hint?: number): Nearest {
    const reach = Math.round(2 / SPACING_M);
    const [from, to] = hint === undefined ? [0, count] : [indexOf(hint) - reach, indexOf(hint) + reach];
    let best = 0;
    let bestSquared = Number.POSITIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const p = points[(i + count) % count]!;
      const squared = (p.x - x) ** 2 + (p.y - y) ** 2;
      if (squared < bestSquared) {
        bestSquared = squared;
        best = (i + count) % count;
      }
    }
    const p = points[best]!;
    const left = Math.cos(p.heading) * (y - p.y) - Math.sin(p.heading) * (x - p.x);
    return { s: best * SPACING_M, offset: Math.sign(left) * Math.sqrt(bestSquared) };
  }

  return { seed, length, points, at: (s) => points[indexOf(s)]!, nearest };
}

/** The same angle in [-pi, pi). */
export const wrapAngle = (angle: number): number => angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
