import { createRandom, subSeed } from './random.js';

type Colour = readonly [red: number, green: number, blue: number];

/** How a world looks through one camera on one day: everything that varies between two recordings of the same track. */
export interface Look {
  readonly seed: number;
  /** 0 to 255, before light and texture. */
  readonly asphalt: Colour;
  readonly grass: Colour;
  readonly line: Colour;
  readonly skyHigh: Colour;
  readonly skyLow: Colour;
  readonly hills: Colour;
  readonly lineWidthM: number;
  /** Share of the line's paint that is worn off where the asphalt's texture is rough. */
  readonly lineWear: number;
  /** Direction of the light's way over the ground in radians, and its height above the horizon. */
  readonly sunAzimuth: number;
  readonly sunElevation: number;
  /** Light that reaches shadows, as a share of full light. */
  readonly ambient: number;
  readonly shadows: number;
  readonly asphaltRoughness: number;
  readonly grassRoughness: number;
  /** Distance in metres over which haze hides two thirds of the ground. */
  readonly hazeM: number;
  readonly exposure: number;
  /** Standard deviation of the sensor's noise, of 255. */
  readonly noise: number;
  readonly vignette: number;
  readonly shutterS: number;
  readonly camera: Mount;
}

/** Where the camera sits on the car, and what shakes it. Angles in radians; pitch is positive downwards. */
export interface Mount {
  readonly heightM: number;
  readonly pitch: number;
  readonly roll: number;
  readonly yaw: number;
  /** Horizontal field of view. */
  readonly fieldOfView: number;
  /** Standard deviation of the pitch from frame to frame. */
  readonly shake: number;
}

/** Domain randomization: wide enough that a network trained on many looks takes a new one for one more of them. */
export function createLook(seed: number): Look {
  const random = createRandom(subSeed(seed, 2));
  const { between } = random;
  const shade = ([red, green, blue]: Colour, spread: number): Colour => [
    red + between(-spread, spread),
    green + between(-spread, spread),
    blue + between(-spread, spread),
  ];
  const grey = between(55, 120);
  const meadow: Colour = random.chance(0.75) ? [80, 125, 55] : [140, 120, 80];
  const overcast = random.chance(0.3);
  return {
    seed,
    asphalt: shade([grey, grey, grey], 8),
    grass: shade(meadow, 28),
    line: random.chance(0.8) ? shade([225, 225, 220], 20) : shade([220, 190, 70], 20),
    skyHigh: overcast ? shade([165, 170, 178], 20) : shade([90, 140, 205], 30),
    skyLow: overcast ? shade([200, 202, 205], 15) : shade([195, 212, 228], 20),
    hills: shade([85, 105, 95], 25),
    lineWidthM: between(0.06, 0.11),
    lineWear: between(0, 0.5),
    sunAzimuth: between(0, 2 * Math.PI),
    sunElevation: between(0.35, 1.2),
    ambient: overcast ? between(0.75, 0.95) : between(0.35, 0.65),
    shadows: Math.floor(between(0, 46)),
    asphaltRoughness: between(0.03, 0.16),
    grassRoughness: between(0.12, 0.4),
    hazeM: between(12, 60),
    exposure: between(0.7, 1.25),
    noise: between(1, 9),
    vignette: between(0, 0.35),
    shutterS: between(0.004, 0.022),
    camera: {
      heightM: between(0.24, 0.34),
      pitch: between(0.2, 0.34),
      roll: random.gauss(0.015),
      yaw: random.gauss(0.015),
      fieldOfView: between(1.35, 1.65),
      shake: between(0.002, 0.012),
    },
  };
}
