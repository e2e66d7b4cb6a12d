import { describe, expect, test } from 'vitest';
import type { Rotation, View } from '../../src/frame.js';
import { createPreparer } from '../../src/prepare/prepare.js';
import { fixture, noise, rgbFormat, sha256, viewOf } from './generated.js';

interface EvaluationCase {
  picture: [number, number];
  input: [number, number];
  cropPct: number;
  sha256: string;
}

/** The inputs of some views of a noise picture, copied. */
function inputs(size: [number, number], views: View[], input: { width: number; height: number }): Uint8Array[] {
  const [width, height] = size;
  const made: Uint8Array[] = [];
  const picture = { format: rgbFormat(width, height), data: noise(width * height * 3) };
  createPreparer(input).prepare(picture, views, (index, bytes) => {
    made[index] = Uint8Array.from(bytes);
  });
  return made;
}

describe("crop equals timm's evaluation transform", () => {
  test.each(fixture<EvaluationCase>('evaluation'))('$picture to $input at $cropPct', (example) => {
    const [width, height] = example.input;
    const [input] = inputs(example.picture, [viewOf({ cropPct: example.cropPct })], { width, height });
    expect(sha256(input!)).toBe(example.sha256);
  });
});

describe('a frame that already fits', () => {
  const fitting = noise(8 * 6 * 3);
  const handedOver = (data: Uint8Array, rowStride: number, view: View): Uint8Array => {
    let seen: Uint8Array | null = null;
    const picture = { format: rgbFormat(8, 6, rowStride), data };
    createPreparer({ width: 8, height: 6 }).prepare(picture, [view], (_index, input) => {
      seen = input;
    });
    return seen!;
  };

  test.each(['crop', 'squash', 'letterbox'] as const)('is handed on itself: %s', (fit) => {
    const input = handedOver(fitting, 24, viewOf({ fit }));
    expect(input.buffer).toBe(fitting.buffer);
    expect(input.byteOffset).toBe(fitting.byteOffset);
    expect(input.length).toBe(fitting.length);
  });

  test('with padded rows is copied without the padding', () => {
    const padded = new Uint8Array(6 * 30);
    for (let y = 0; y < 6; y++) padded.set(fitting.subarray(y * 24, (y + 1) * 24), y * 30);
    expect(handedOver(padded, 30, viewOf({}))).toEqual(fitting);
  });

  test('but turned is copied', () => {
    const upsideDown = handedOver(fitting, 24, viewOf({ rotate: 180 }));
    expect([...upsideDown.subarray(0, 3)]).toEqual([...fitting.subarray(-3)]);
  });
});

describe('rotation is clockwise', () => {
  const pixel = (value: number): number[] => [value, value, value];
  test.each<[Rotation, number[], { width: number; height: number }]>([
    [0, [1, 2, 3, 4, 5, 6], { width: 3, height: 2 }],
    [90, [4, 1, 5, 2, 6, 3], { width: 2, height: 3 }],
    [180, [6, 5, 4, 3, 2, 1], { width: 3, height: 2 }],
    [270, [3, 6, 2, 5, 1, 4], { width: 2, height: 3 }],
  ])('%d degrees', (rotate, expected, input) => {
    const data = Uint8Array.from([1, 2, 3, 4, 5, 6].flatMap(pixel));
    createPreparer(input).prepare({ format: rgbFormat(3, 2), data }, [viewOf({ rotate })], (_index, bytes) => {
      expect([...bytes]).toEqual(expected.flatMap(pixel));
    });
    expect.assertions(1);
  });
});

test('letterbox pads with grey 114 around the whole picture', () => {
  const [input] = inputs([4, 2], [viewOf({ fit: 'letterbox' })], { width: 4, height: 5 });
  const grey = new Uint8Array(4 * 3).fill(114);
  expect(input!.subarray(0, 12)).toEqual(grey);
  expect(input!.subarray(12, 36)).toEqual(noise(24));
  expect(input!.subarray(36)).toEqual(new Uint8Array(24).fill(114));
});

test('several views of one picture are what each gives alone', () => {
  const input = { width: 24, height: 24 };
  const views = [
    viewOf({ cropPct: 0.9 }),
    viewOf({ fit: 'letterbox', rotate: 90 }),
    viewOf({ fit: 'squash', region: { x: 0.25, y: 0.5, width: 0.5, height: 0.5 } }),
    viewOf({ fit: 'letterbox' }),
  ];
  const together = inputs([64, 48], views, input);
  for (const [index, view] of views.entries()) {
    expect(together[index]).toEqual(inputs([64, 48], [view], input)[0]);
  }
});

test('the size of the picture, before rotation, is returned', () => {
  const picture = { format: rgbFormat(6, 4), data: noise(72) };
  const size = createPreparer({ width: 4, height: 4 }).prepare(picture, [viewOf({ rotate: 90 })], () => undefined);
  expect(size).toEqual({ width: 6, height: 4 });
});

test('pictures of changing sizes and kinds give what a new preparer gives', () => {
  const input = { width: 10, height: 10 };
  const kept = createPreparer(input);
  for (const size of [
    [12, 9],
    [30, 40],
    [10, 10],
    [12, 9],
  ] as [number, number][]) {
    const picture = { format: rgbFormat(...size), data: noise(size[0] * size[1] * 3) };
    kept.prepare(picture, [viewOf({})], (_index, bytes) => {
      expect(bytes).toEqual(inputs(size, [viewOf({})], input)[0]);
    });
  }
  expect.assertions(4);
});
