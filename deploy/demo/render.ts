/**
 * The rover's camera: a perspective view of the lane on a lit, textured ground, as RGB24. The same track, look, seed
 * and sequence of `picture` calls give the same bytes. Costs about 3 ms a frame; a slow caller only gets fewer frames.
 * Test: render a pose twice, or look at `node dist/deploy/demo/dump-frames.js`.
 */
import { type Grid, laneDistance, litTexture, sample, shadowMap, TEXEL_M, TILE } from './ground.js';
import type { Look } from './look.js';
import { createRandom, type Random, subSeed } from './random.js';
import { LANE_WIDTH_M, ROAD_WIDTH_M, type Track } from './track.js';

export const PICTURE_WIDTH = 160;
export const PICTURE_HEIGHT = 120;

/** Where the camera's car is while the shutter is open. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
  readonly speed: number;
  /** Radians a second. */
  readonly yawRate: number;
}

export interface Renderer {
  /** RGB24, rows from the top; the buffer is the caller's. */
  picture(pose: Pose): Uint8Array;
}

/** Pictures that one exposure is the mean of: what moves, blurs. */
const EXPOSURES = 3;
const PIXELS = PICTURE_WIDTH * PICTURE_HEIGHT;

interface Scene {
  readonly look: Look;
  readonly lane: Grid;
  readonly shadows: Grid;
  readonly asphalt: Float32Array;
  readonly grass: Float32Array;
  readonly hillPhases: readonly number[];
}

export function createRenderer(track: Track, look: Look, seed: number): Renderer {
  const decor = createRandom(subSeed(look.seed, 4));
  const scene: Scene = {
    look,
    lane: laneDistance(track),
    shadows: shadowMap(track, look),
    asphalt: litTexture(decor, look.sunAzimuth, 0.4),
    grass: litTexture(decor, look.sunAzimuth, 0.9),
    hillPhases: [3, 7, 13].map(() => decor.between(0, 2 * Math.PI)),
  };
  const random = createRandom(subSeed(seed, 5));
  const develop = createDeveloper(look, random);
  const light = new Float32Array(PIXELS * 3);

  return {
    picture(pose) {
      light.fill(0);
      const pitch = look.camera.pitch + random.gauss(look.camera.shake);
      for (let n = 0; n < EXPOSURES; n++) {
        const ago = (look.shutterS * n) / EXPOSURES;
        expose(scene, light, {
          x: pose.x - Math.cos(pose.heading) * pose.speed * ago,
          y: pose.y - Math.sin(pose.heading) * pose.speed * ago,
          yaw: pose.heading - pose.yawRate * ago + look.camera.yaw,
          pitch,
        });
      }
      return develop(light);
    },
  };
}

interface Eye {
  readonly x: number;
  readonly y: number;
  readonly yaw: number;
  readonly pitch: number;
}

/** Adds the light of one instant. A pixel's ray is `forward + right * across + down * along`, in world axes. */
function expose(scene: Scene, light: Float32Array, eye: Eye): void {
  const { heightM, roll, fieldOfView } = scene.look.camera;
  const focal = PICTURE_WIDTH / 2 / Math.tan(fieldOfView / 2);
  const [sinYaw, cosYaw, sinPitch, cosPitch] = [
    Math.sin(eye.yaw),
    Math.cos(eye.yaw),
    Math.sin(eye.pitch),
    Math.cos(eye.pitch),
  ];
  for (let row = 0, at = 0; row < PICTURE_HEIGHT; row++) {
    for (let column = 0; column < PICTURE_WIDTH; column++, at += 3) {
      const flatRight = (column + 0.5 - PICTURE_WIDTH / 2) / focal;
      const flatDown = (row + 0.5 - PICTURE_HEIGHT / 2) / focal;
      const right = flatRight - roll * flatDown;
      const down = flatDown + roll * flatRight;
      const ahead = cosPitch - sinPitch * down;
      const sink = sinPitch + cosPitch * down;
      const x = ahead * cosYaw + right * sinYaw;
      const y = ahead * sinYaw - right * cosYaw;
      if (sink > 0.004) addGround(scene, light, at, eye, x, y, heightM / sink, focal);
      else addSky(scene, light, at, Math.atan2(y, x), -sink);
    }
  }
}

function addGround(
  s: Scene,
  light: Float32Array,
  at: number,
  eye: Eye,
  dx: number,
  dy: number,
  far: number,
  focal: number,
): void {
  const { look } = s;
  const x = eye.x + dx * far;
  const y = eye.y + dy * far;
  /** Metres of ground that one pixel covers, between its width and its depth. */
  const footprint = 0.006 + (far / focal) * Math.sqrt(1 + far / look.camera.heightM);
  const distance = sample(s.lane, x, y);
  const road = ramp((ROAD_WIDTH_M / 2 - distance) / footprint);
  const half = look.lineWidthM / 2;
  const painted =
    ramp((half - Math.abs(distance - LANE_WIDTH_M / 2)) / footprint) * Math.min(1, look.lineWidthM / footprint);
  const texel = (Math.floor(y / TEXEL_M) & (TILE - 1)) * TILE + (Math.floor(x / TEXEL_M) & (TILE - 1));
  const sharp = Math.min(1, TEXEL_M / footprint);
  const asphaltTexture = s.asphalt[texel]! * sharp;
  const asphalt = 1 + look.asphaltRoughness * asphaltTexture;
  const grass = 1 + look.grassRoughness * s.grass[texel]! * sharp;
  const line = painted * Math.max(0, 1 - look.lineWear * Math.max(0, 0.5 + asphaltTexture));
  const sun = 1 - (1 - look.ambient) * sample(s.shadows, x, y);
  const haze = 1 - Math.exp(-far / look.hazeM);
  for (let c = 0; c < 3; c++) {
    const bare = look.grass[c]! * grass * (1 - road) + look.asphalt[c]! * asphalt * road;
    const lit = (bare + (look.line[c]! * (0.7 + 0.3 * asphalt) - bare) * line) * sun;
    light[at + c]! += lit + (look.skyLow[c]! - lit) * haze;
  }
}

function addSky(s: Scene, light: Float32Array, at: number, azimuth: number, rise: number): void {
  const { look } = s;
  const ridge =
    0.05 +
    0.03 * Math.sin(3 * azimuth + s.hillPhases[0]!) +
    0.015 * Math.sin(7 * azimuth + s.hillPhases[1]!) +
    0.008 * Math.sin(13 * azimuth + s.hillPhases[2]!);
  const height = Math.min(1, rise * 1.6);
  const hill = ramp((ridge - rise) / 0.01) * 0.7;
  const glow = 35 * Math.max(0, -Math.cos(azimuth - look.sunAzimuth)) ** 6 * (1 - look.ambient);
  for (let c = 0; c < 3; c++) {
    const sky = look.skyLow[c]! + (look.skyHigh[c]! - look.skyLow[c]!) * height + glow;
    light[at + c]! += sky + (look.hills[c]! - sky) * hill;
  }
}

/** 0 below -1/2, 1 above 1/2, linear in between: how much of a pixel is inside an edge. */
const ramp = (value: number): number => Math.max(0, Math.min(1, value + 0.5));

const NOISE = 8191;

/** From light to bytes, as a lens and a sensor would: vignette, exposure, noise. */
function createDeveloper(look: Look, random: Random): (light: Float32Array) => Uint8Array {
  const grain = Float32Array.from({ length: NOISE }, () => random.gauss(look.noise));
  const gain = Float32Array.from({ length: PIXELS }, (_, i) => {
    const x = (i % PICTURE_WIDTH) / PICTURE_WIDTH - 0.5;
    const y = Math.floor(i / PICTURE_WIDTH) / PICTURE_HEIGHT - 0.5;
    return (look.exposure / EXPOSURES) * (1 - look.vignette * 2 * (x * x + y * y));
  });
  return (light) => {
    const bytes = new Uint8Array(PIXELS * 3);
    const flicker = 1 + random.gauss(0.015);
    let grainAt = Math.floor(random.between(0, NOISE));
    for (let i = 0; i < bytes.length; i++) {
      const value = light[i]! * gain[Math.floor(i / 3)]! * flicker + grain[grainAt]!;
      bytes[i] = Math.max(0, Math.min(255, value));
      grainAt = grainAt + 1 < NOISE ? grainAt + 1 : Math.floor(random.between(0, 97));
    }
    return bytes;
  };
}
