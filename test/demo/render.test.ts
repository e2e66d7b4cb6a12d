import { describe, expect, it } from 'vitest';
import { carAt, poseOf } from '../../deploy/demo/car.js';
import { createLook, type Look } from '../../deploy/demo/look.js';
import { createRenderer, PICTURE_HEIGHT, PICTURE_WIDTH } from '../../deploy/demo/render.js';
import { createTrack } from '../../deploy/demo/track.js';

const track = createTrack(11);
const pose = poseOf(carAt(track.at(2)));
const plain: Look = {
  ...createLook(11),
  noise: 0,
  shadows: 0,
  lineWear: 0,
  vignette: 0,
  line: [255, 255, 255],
  exposure: 1,
};

/** A row of the picture that shows the ground a metre ahead. */
const ROW = 72;

const pixel = (picture: Uint8Array, x: number, y: number) => [
  ...picture.subarray((y * PICTURE_WIDTH + x) * 3).subarray(0, 3),
];
const brightness = (picture: Uint8Array, x: number, y: number) => pixel(picture, x, y).reduce((a, b) => a + b) / 3;

describe('render', () => {
  it('gives RGB24 of the stated size, the same for the same seed and order', () => {
    const film = (seed: number) => {
      const renderer = createRenderer(track, createLook(11), seed);
      return [renderer.picture(pose), renderer.picture(pose)];
    };
    const [first, second] = film(1);
    expect(first).toHaveLength(PICTURE_WIDTH * PICTURE_HEIGHT * 3);
    expect(film(1)).toEqual([first, second]);
    expect(first).not.toEqual(second);
    expect(film(2)[0]).not.toEqual(first);
  });

  it('shows asphalt between two edge lines, and grass outside', () => {
    const picture = createRenderer(track, plain, 1).picture(pose);
    const columns = Array.from({ length: PICTURE_WIDTH }, (_, x) => x);
    const bright = columns.filter((x) => brightness(picture, x, ROW) > 185);
    const middle = PICTURE_WIDTH / 2;
    expect(bright.some((x) => x < middle)).toBe(true);
    expect(bright.some((x) => x > middle)).toBe(true);
    expect(brightness(picture, middle, ROW)).toBeLessThan(150);
  });

  it('shows the lane further to the right when the car is on its left', () => {
    const { x, y, heading } = track.at(2);
    const left = { ...pose, x: x - Math.sin(heading) * 0.3, y: y + Math.cos(heading) * 0.3 };
    const leftLine = (from: typeof pose) => {
      const picture = createRenderer(track, plain, 1).picture(from);
      const columns = Array.from({ length: PICTURE_WIDTH }, (_, column) => column);
      return columns.find((column) => brightness(picture, column, ROW) > 185)!;
    };
    expect(leftLine(left)).toBeGreaterThan(leftLine(pose));
  });

  it('blurs what moves', () => {
    const sharpness = (speed: number) => {
      const picture = createRenderer(track, { ...plain, shutterS: 0.03 }, 1).picture({
        ...pose,
        speed,
        yawRate: speed,
      });
      let sum = 0;
      for (let x = 1; x < PICTURE_WIDTH; x++)
        sum += Math.abs(brightness(picture, x, 100) - brightness(picture, x - 1, 100));
      return sum;
    };
    expect(sharpness(3)).toBeLessThan(sharpness(0));
  });
});
