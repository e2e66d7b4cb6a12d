import type { Look } from './look.js';
import { createRandom, type Random, subSeed } from './random.js';
import { ROAD_WIDTH_M, type Track } from './track.js';

/** Numbers on a square grid over the ground, read in between by bilinear interpolation. */
export interface Grid {
  readonly left: number;
  readonly bottom: number;
  readonly cellM: number;
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
  readonly outside: number;
}

export function sample(grid: Grid, x: number, y: number): number {
  const gx = (x - grid.left) / grid.cellM;
  const gy = (y - grid.bottom) / grid.cellM;
  const ix = Math.floor(gx);
  const iy = Math.floor(gy);
  if (ix < 0 || iy < 0 || ix >= grid.width - 1 || iy >= grid.height - 1) return grid.outside;
  const [fx, fy] = [gx - ix, gy - iy];
  const at = iy * grid.width + ix;
  const v = grid.values;
  const low = v[at]! + (v[at + 1]! - v[at]!) * fx;
  const high = v[at + grid.width]! + (v[at + grid.width + 1]! - v[at + grid.width]!) * fx;
  return low + (high - low) * fy;
}

const MARGIN_M = 2;

function gridOver(track: Track, cellM: number, outside: number): Grid {
  const xs = track.points.map((p) => p.x);
  const ys = track.points.map((p) => p.y);
  const [left, bottom] = [Math.min(...xs) - MARGIN_M, Math.min(...ys) - MARGIN_M];
  const width = Math.ceil((Math.max(...xs) + MARGIN_M - left) / cellM);
  const height = Math.ceil((Math.max(...ys) + MARGIN_M - bottom) / cellM);
  return { left, bottom, cellM, width, height, values: new Float32Array(width * height).fill(outside), outside };
}

/** Calls `visit` for every cell within `radius` of a place, with the cell's index and position. */
function around(
  grid: Grid,
  x: number,
  y: number,
  radius: number,
  visit: (i: number, x: number, y: number) => void,
): void {
  const first = (value: number, origin: number): number =>
    Math.max(0, Math.ceil((value - radius - origin) / grid.cellM));
  const last = (value: number, origin: number, size: number): number =>
    Math.min(size - 1, Math.floor((value + radius - origin) / grid.cellM));
  for (let row = first(y, grid.bottom); row <= last(y, grid.bottom, grid.height); row++) {
    for (let column = first(x, grid.left); column <= last(x, grid.left, grid.width); column++) {
      visit(row * grid.width + column, grid.left + column * grid.cellM, grid.bottom + row * grid.cellM);
    }
  }
}

/** Metres from the middle of the lane, as far as anything is painted there. */
export function laneDistance(track: Track): Grid {
  const reach = ROAD_WIDTH_M / 2 + 0.25;
  const grid = gridOver(track, 0.05, reach);
  for (let i = 0; i < track.points.length; i += 2) {
    const p = track.points[i]!;
    around(grid, p.x, p.y, reach, (cell, x, y) => {
      const distance = Math.hypot(x - p.x, y - p.y);
      if (distance < grid.values[cell]!) grid.values[cell] = distance;
    });
  }
  return grid;
}

/** Share of the direct light that is taken away: shadows of crowns and poles beside the lane, long with a low sun. */
export function shadowMap(track: Track, look: Look): Grid {
  const random = createRandom(subSeed(look.seed, 3));
  const grid = gridOver(track, 0.08, 0);
  const stretch = Math.min(6, 1 / Math.tan(look.sunElevation));
  const [along, across] = [Math.cos(look.sunAzimuth), Math.sin(look.sunAzimuth)];
  for (let n = 0; n < look.shadows; n++) {
    const spot = track.at(random.between(0, track.length));
    const [cx, cy] = [spot.x + random.gauss(1), spot.y + random.gauss(1)];
    const pole = random.chance(0.35);
    const halfWidth = pole ? random.between(0.04, 0.1) : random.between(0.15, 0.7);
    const halfLength = pole ? random.between(0.8, 2.5) : halfWidth * (0.8 + stretch * random.between(0.3, 0.8));
    const strength = random.between(0.5, 1);
    const blur = pole ? 0.4 : random.between(0.1, 0.5);
    around(grid, cx, cy, Math.max(halfWidth, halfLength) * (1 + blur), (cell, x, y) => {
      const u = ((x - cx) * along + (y - cy) * across) / halfLength;
      const v = ((y - cy) * along - (x - cx) * across) / halfWidth;
      const shade = strength * Math.max(0, Math.min(1, (1 + blur - Math.hypot(u, v)) / blur));
      if (shade > grid.values[cell]!) grid.values[cell] = shade;
    });
  }
  return grid;
}

/** Texels on a side of a texture tile; a power of two. It repeats every TILE x TEXEL_M metres. */
export const TILE = 128;
export const TEXEL_M = 0.02;

/** A tile of rough ground lit from the side: around 1, brighter on slopes that face the sun. */
export function litTexture(random: Random, sunAzimuth: number, coarseness: number): Float32Array {
  const relief = new Float32Array(TILE * TILE);
  for (let cells = 8, strength = coarseness; cells <= TILE / 2; cells *= 2, strength *= 0.75) {
    addValueNoise(relief, random, cells, strength);
  }
  const lit = new Float32Array(TILE * TILE);
  const [towardsX, towardsY] = [-Math.cos(sunAzimuth), -Math.sin(sunAzimuth)];
  const mask = TILE - 1;
  let energy = 0;
  for (let y = 0; y < TILE; y++) {
    for (let x = 0; x < TILE; x++) {
      const here = relief[y * TILE + x]!;
      const slopeX = relief[y * TILE + ((x + 1) & mask)]! - here;
      const slopeY = relief[((y + 1) & mask) * TILE + x]! - here;
      const value = here * 0.6 - (slopeX * towardsX + slopeY * towardsY);
      lit[y * TILE + x] = value;
      energy += value * value;
    }
  }
  const deviation = Math.sqrt(energy / lit.length);
  return lit.map((value) => value / deviation);
}

function addValueNoise(relief: Float32Array, random: Random, cells: number, strength: number): void {
  const knots = Float32Array.from({ length: cells * cells }, () => random.between(-strength, strength));
  const size = TILE / cells;
  for (let y = 0; y < TILE; y++) {
    const row = Math.floor(y / size);
    const below = ((row + 1) % cells) * cells;
    const fy = (y % size) / size;
    for (let x = 0; x < TILE; x++) {
      const column = Math.floor(x / size);
      const right = (column + 1) % cells;
      const fx = (x % size) / size;
      const top = knots[row * cells + column]! * (1 - fx) + knots[row * cells + right]! * fx;
      const bottom = knots[below + column]! * (1 - fx) + knots[below + right]! * fx;
      relief[y * TILE + x]! += top * (1 - fy) + bottom * fy;
    }
  }
}
