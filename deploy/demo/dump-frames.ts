/**
 * Writes pictures of the renderer with what a good driver would do, for training and as golden images:
 *   node dist/deploy/demo/dump-frames.js --frames 1000 --seed 1 > frames.bin
 *   node dist/deploy/demo/dump-frames.js --frames 8 --seed 2000000 --ppm FOLDER
 * A record of the first form: five float32 (little-endian) target scores, then 160 x 120 RGB24.
 */
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CarState, CRUISE_M_S, poseOf } from './car.js';
import { classOf, scoresOf, wantedSteering } from './driver.js';
import { createLook } from './look.js';
import { createRandom, type Random, subSeed } from './random.js';
import { createRenderer, PICTURE_HEIGHT, PICTURE_WIDTH } from './render.js';
import { createTrack, type Track } from './track.js';

const FRAMES_A_LOOK = 12;
const LOOKS_A_TRACK = 4;

interface Example {
  readonly picture: Uint8Array;
  readonly steering: number;
}

/** Pictures of random places, cars on their way and cars that went astray, under ever new looks and tracks. */
function* examples(seed: number): Generator<Example> {
  for (let n = 0; ; n++) {
    const track = createTrack(seed + Math.floor(n / LOOKS_A_TRACK));
    const look = createLook(seed + n);
    const renderer = createRenderer(track, look, seed + n);
    const random = createRandom(subSeed(seed + n, 6));
    for (let i = 0; i < FRAMES_A_LOOK; i++) {
      const car = randomCar(track, random);
      yield { picture: renderer.picture(poseOf(car)), steering: wantedSteering(track, car) };
    }
  }
}

function randomCar(track: Track, random: Random): CarState {
  const at = track.at(random.between(0, track.length));
  const kind = random.next();
  const [offset, turned] =
    kind < 0.6
      ? [random.gauss(0.1), random.gauss(0.12)]
      : kind < 0.92
        ? [random.between(-0.5, 0.5), random.between(-0.5, 0.5)]
        : [random.between(-0.9, 0.9), random.between(-0.8, 0.8)];
  return {
    x: at.x - Math.sin(at.heading) * offset,
    y: at.y + Math.cos(at.heading) * offset,
    heading: at.heading + turned,
    speed: random.between(0, 1.2 * CRUISE_M_S),
    steering: random.gauss(0.12),
  };
}

function main(): void {
  const { values } = parseArgs({
    options: { frames: { type: 'string' }, seed: { type: 'string' }, ppm: { type: 'string' } },
  });
  const source = examples(Number(values.seed ?? 1));
  if (values.ppm !== undefined) mkdirSync(values.ppm, { recursive: true });
  for (let n = 0; n < Number(values.frames ?? 100); n++) {
    const { picture, steering } = source.next().value as Example;
    // Golden images: one of each look.
    if (values.ppm !== undefined) for (let i = 1; i < FRAMES_A_LOOK; i++) source.next();
    if (values.ppm === undefined) {
      writeAll(Float32Array.from(scoresOf(steering), (target) => target.score));
      writeAll(picture);
    } else {
      const name = `${String(n).padStart(4, '0')}-${classOf(steering)}.ppm`;
      const header = Buffer.from(`P6\n${PICTURE_WIDTH} ${PICTURE_HEIGHT}\n255\n`);
      writeFileSync(join(values.ppm, name), Buffer.concat([header, picture]));
    }
  }
}

function writeAll(data: Float32Array | Uint8Array): void {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (let done = 0; done < bytes.length; ) done += writeSync(1, bytes, done);
}

main();
