import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fit, Rotation } from '../../src/frame.js';
import { placementOf, seenShare } from '../../src/prepare/geometry.js';
import { viewOf } from './generated.js';

const square = { width: 256, height: 256 };
const vga = { width: 640, height: 480 };

describe('placement', () => {
  test.each([
    {
      name: 'crop keeps the middle of the picture scaled by its short side',
      view: viewOf({ cropPct: 0.9 }),
      scaled: [378, 284],
      window: [61, 14, 256, 256],
      padding: [0, 0],
    },
    {
      name: 'squash shows all',
      view: viewOf({ fit: 'squash' }),
      scaled: [256, 256],
      window: [0, 0, 256, 256],
      padding: [0, 0],
    },
    {
      name: 'letterbox shows all',
      view: viewOf({ fit: 'letterbox' }),
      scaled: [256, 192],
      window: [0, 0, 256, 192],
      padding: [0, 32],
    },
    {
      name: 'a quarter turn first',
      view: viewOf({ fit: 'letterbox', rotate: 90 }),
      scaled: [192, 256],
      window: [0, 0, 192, 256],
      padding: [32, 0],
    },
  ])('$name', ({ view, scaled, window, padding }) => {
    const placement = placementOf(vga, view, square);
    expect([placement.scaled.width, placement.scaled.height]).toEqual(scaled);
    const { x, y, width, height } = placement.window;
    expect([x, y, width, height]).toEqual(window);
    expect([placement.padding.left, placement.padding.top]).toEqual(padding);
  });

  test('an odd pixel of padding goes below', () => {
    const placement = placementOf({ width: 256, height: 101 }, viewOf({ fit: 'letterbox' }), square);
    expect(placement.padding).toEqual({ left: 0, top: 77 });
  });

  test('a region is a part of the turned picture', () => {
    const region = { x: 0.5, y: 0, width: 0.5, height: 0.25 };
    const placement = placementOf(vga, viewOf({ rotate: 270, region }), square);
    expect(placement.rotated).toEqual({ width: 480, height: 640 });
    expect(placement.region).toEqual({ x: 240, y: 0, width: 240, height: 160 });
  });

  test('what is seen lies inside the picture and the input, whatever is asked', () => {
    const side = fc.integer({ min: 1, max: 3000 });
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    const view = fc.record({
      rotate: fc.constantFrom<Rotation>(0, 90, 180, 270),
      fit: fc.constantFrom<Fit>('crop', 'squash', 'letterbox'),
      cropPct: fc.double({ min: 0.05, max: 1, noNaN: true }),
      region: fc.option(fc.record({ x: fraction, y: fraction, width: fraction, height: fraction })),
    });
    fc.assert(
      fc.property(
        fc.record({ width: side, height: side }),
        view,
        fc.record({ width: side, height: side }),
        (picture, asked, input) => {
          const { rotated, region, scaled, window, padding } = placementOf(picture, asked, input);
          expect(region.x >= 0 && region.x + region.width <= rotated.width && region.width >= 1).toBe(true);
          expect(region.y >= 0 && region.y + region.height <= rotated.height && region.height >= 1).toBe(true);
          expect(window.x >= 0 && window.x + window.width <= scaled.width && window.width >= 1).toBe(true);
          expect(window.y >= 0 && window.y + window.height <= scaled.height && window.height >= 1).toBe(true);
          expect(padding.left + window.width <= input.width && padding.top + window.height <= input.height).toBe(true);
          if (asked.fit !== 'letterbox') expect(window).toMatchObject(input);
          const share = seenShare(picture, asked, input);
          expect(share > 0 && share <= 1).toBe(true);
        },
      ),
    );
  });
});

describe('share of the picture that is seen', () => {
  test.each([
    { name: 'all when squashed', view: viewOf({ fit: 'squash' }), share: 1 },
    { name: 'all when letterboxed', view: viewOf({ fit: 'letterbox' }), share: 1 },
    { name: 'the middle square', view: viewOf({}), share: 0.75 },
    { name: '90 % of its sides', view: viewOf({ cropPct: 0.9 }), share: 0.75 * 0.81 },
    {
      name: 'of a region only',
      view: viewOf({ fit: 'squash', region: { x: 0, y: 0, width: 0.5, height: 0.5 } }),
      share: 0.25,
    },
  ])('$name', ({ view, share }) => {
    expect(seenShare(vga, view, square)).toBeCloseTo(share, 2);
  });
});
